namespace Waybill.Repository.Tests;

/// <summary>The repository this test assembly was built from: where it is and which files belong to it.</summary>
internal static class RepositoryFiles
{
    private static readonly string[] s_generatedDirectories =
        ["bin", "obj", "out", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", ".git", ".vs", ".idea", ".vscode", "__pycache__"];

    private static readonly Lazy<string> s_root = new(FindRoot);
    private static readonly Lazy<Task<string[]>> s_all = new(ListAsync);

    public static string Root => s_root.Value;

    /// <summary>Combines a path relative to the repository, written with forward slashes.</summary>
    public static string PathOf(string relative) => Path.Combine(Root, relative.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Lists what is committed or about to be, relative to the root, with forward slashes, in ordinal order.</summary>
    public static Task<string[]> AllAsync() => s_all.Value;

    public static async Task<string[]> WithExtensionAsync(string extension) =>
        [.. (await AllAsync()).Where(path => path.EndsWith(extension, StringComparison.Ordinal))];

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Sdk.sln")))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"No directory above {AppContext.BaseDirectory} holds Sdk.sln.");
    }

    private static async Task<string[]> ListAsync()
    {
        // A source archive has no .git; then everything that is not build output counts.
        IEnumerable<string> paths;
        if (Path.Exists(Path.Combine(Root, ".git")))
        {
            ProcessResult listed = await ProcessRun.RunAsync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], Root);
            listed.ThrowIfFailed();
            paths = listed.Output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(path => File.Exists(PathOf(path)));
        }
        else
        {
            paths = Walk(Root).Select(path => Path.GetRelativePath(Root, path).Replace(Path.DirectorySeparatorChar, '/'));
        }

        return [.. paths.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Walk(string directory) =>
        Directory.EnumerateFiles(directory).Concat(
            Directory.EnumerateDirectories(directory)
                .Where(child => !s_generatedDirectories.Contains(Path.GetFileName(child)))
                .SelectMany(Walk));
}
