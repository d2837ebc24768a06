using System.Runtime.CompilerServices;

namespace Waybill.Cli.Tests;

/// <summary>Finds files of the repository that tests compare with.</summary>
internal static class RepositoryRoot
{
    public static string PathOf(string name, [CallerFilePath] string thisFile = "")
    {
        // Paths in a Release build are relative to the repository, so the place of the test assembly is a second way to find it.
        foreach (string? start in new[] { Path.GetDirectoryName(thisFile), AppContext.BaseDirectory })
        {
            for (string? folder = start; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
            {
                if (File.Exists(Path.Combine(folder, "Sdk.sln")))
                {
                    return Path.Combine(folder, name);
                }
            }
        }

        throw new DirectoryNotFoundException("These tests run inside the repository.");
    }
}
