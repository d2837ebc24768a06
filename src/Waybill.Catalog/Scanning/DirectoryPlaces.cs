using Waybill.Bundles;

namespace Waybill.Catalog.Scanning;

/// <summary>Finds the bundles below a directory. Each directory is a store of its own, so a bundle has one place however it is come by.</summary>
internal static class DirectoryPlaces
{
    private const string Pattern = "*.waybill";

    // A link could lead anywhere, also in a circle; what it leads to is found where it lies.
    private static readonly EnumerationOptions s_files = new()
    {
        MatchType = MatchType.Simple, AttributesToSkip = FileAttributes.Directory, IgnoreInaccessible = false,
    };

    private static readonly EnumerationOptions s_directories = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false,
    };

    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>.</exception>
    public static IEnumerable<BundlePlace> Below(string directory)
    {
        var waiting = new Stack<DirectoryInfo>();
        waiting.Push(new DirectoryInfo(Path.GetFullPath(directory)));
        while (waiting.TryPop(out DirectoryInfo? next))
        {
            (FileInfo[] files, DirectoryInfo[] below) = List(next);
            foreach (FileInfo file in files)
            {
                yield return Of(file);
            }

            foreach (DirectoryInfo child in below.OrderByDescending(child => child.Name, StringComparer.Ordinal))
            {
                waiting.Push(child);
            }
        }
    }

    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>.</exception>
    public static BundlePlace Of(string path)
    {
        var file = new FileInfo(Path.GetFullPath(path));
        return file.Exists
            ? Of(file)
            : throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", "There is no such file") { ObjectName = path };
    }

    /// <summary>Tells whether a store is a directory at or below another one.</summary>
    public static bool IsAtOrBelow(string store, string directory)
    {
        string root = Path.GetFullPath(directory);
        return store == root || store.StartsWith(root.EndsWith('/') ? root : root + "/", StringComparison.Ordinal);
    }

    private static BundlePlace Of(FileInfo file) =>
        new(file.DirectoryName!, file.Name, file.Length, _ => ValueTask.FromResult<ByteSource>(FileByteSource.Open(file.FullName)));

    private static (FileInfo[] Files, DirectoryInfo[] Below) List(DirectoryInfo directory)
    {
        try
        {
            return ([.. directory.EnumerateFiles(Pattern, s_files).OrderBy(file => file.Name, StringComparer.Ordinal)], [.. directory.EnumerateDirectories("*", s_directories)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", $"The directory cannot be listed: {e.Message}", e) { ObjectName = directory.FullName };
        }
    }
}
