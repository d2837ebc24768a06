using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Shared;

/// <summary>Opens bundles that were named on the command line.</summary>
internal static class BundleInput
{
    private const string StandardInput = "standard input";

    /// <summary>Opens the bytes of a bundle. One that comes through a pipe is kept in a temporary file, because it is read at several places.</summary>
    public static async Task<ByteSource> OpenSourceAsync(string path, CliConsole console, CancellationToken cancellationToken) => path == "-"
        ? await SpooledByteSource.ReadAsync(new StandardStream(console.OpenInput(), StandardInput), StandardInput, cancellationToken).ConfigureAwait(false)
        : FileByteSource.Open(path);

    /// <summary>Opens a bundle.</summary>
    public static async Task<BundleReader> OpenAsync(
        string path, CliConsole console, TrustPolicy policy, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        ByteSource source = await OpenSourceAsync(path, console, cancellationToken).ConfigureAwait(false);
        return await BundleReader.OpenAsync(source, policy, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a bundle and all it builds on.</summary>
    public static async Task<BundleChain> OpenChainAsync(
        string path, IReadOnlyList<string> parentDirectories, CliConsole console, TrustPolicy policy, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        BundleReader bundle = await OpenAsync(path, console, policy, options, cancellationToken).ConfigureAwait(false);
        return await BundleChain.OpenAsync(bundle, Locator(path, parentDirectories), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a bundle that is read once, front to back.</summary>
    public static (Stream Input, string Name) OpenSequential(string path, CliConsole console)
    {
        if (path == "-")
        {
            return (new StandardStream(console.OpenInput(), StandardInput), StandardInput);
        }

        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            return (new StandardStream(file, path), path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", $"The file cannot be read: {error.Message}", error) { ObjectName = path };
        }
    }

    /// <summary>Gets where parents are looked for: in the directories given, else beside the bundle.</summary>
    public static DirectoryBundleLocator Locator(string path, IReadOnlyList<string> parentDirectories)
    {
        if (parentDirectories.Count > 0)
        {
            foreach (string directory in parentDirectories)
            {
                if (!Directory.Exists(directory))
                {
                    throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", "There is no such directory to look for parents in") { ObjectName = directory };
                }
            }

            return new DirectoryBundleLocator(parentDirectories);
        }

        string? beside = path == "-" ? "." : Path.GetDirectoryName(Path.GetFullPath(path));
        return new DirectoryBundleLocator([beside ?? "."]);
    }
}
