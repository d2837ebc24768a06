using System.Runtime.CompilerServices;

namespace Waybill.Cli.Tests;

/// <summary>
/// Compares output with a text file that was read and approved by a person. With WAYBILL_ACCEPT_GOLDEN=1 in the environment the files are written
/// anew; look at the difference before committing it.
/// </summary>
internal static class GoldenFile
{
    public static void AssertEqual(string name, string actual, [CallerFilePath] string testFile = "")
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Golden", name);
        if (Environment.GetEnvironmentVariable("WAYBILL_ACCEPT_GOLDEN") == "1")
        {
            File.WriteAllText(Path.Combine(SourceFolder(testFile), "Golden", name), actual);
            return;
        }

        Assert.True(File.Exists(path), $"There is no approved output '{name}'. The output is:\n{actual}");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string SourceFolder(string testFile)
    {
        DirectoryInfo? folder = new FileInfo(testFile).Directory;
        while (folder is not null && !folder.EnumerateDirectories("Golden").Any())
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("The sources of the tests are not here; run this from the repository.");
    }
}
