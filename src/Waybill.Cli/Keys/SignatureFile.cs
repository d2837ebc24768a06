using Waybill.Bundles;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Keys;

/// <summary>The file of signatures beside a bundle.</summary>
internal static class SignatureFile
{
    /// <summary>Reads the file that was named, or else the one that lies beside the bundle.</summary>
    /// <returns>The statements; none if there is no file.</returns>
    public static async Task<IReadOnlyList<SignedStatement>> ReadBesideAsync(string bundle, string? named, CliConsole console, CancellationToken cancellationToken)
    {
        if (named is not null)
        {
            return await ReadAsync(named, cancellationToken).ConfigureAwait(false);
        }

        string beside = bundle + DetachedSignatures.FileExtension;
        if (bundle == "-" || !File.Exists(beside))
        {
            return [];
        }

        try
        {
            return await ReadAsync(beside, cancellationToken).ConfigureAwait(false);
        }
        catch (BundleFormatException error)
        {
            // Whoever can write beside a bundle must not be able to make it unreadable; a demand for signatures is not satisfied by this.
            await console.Error.WriteLineAsync(TerminalText.Escape($"waybill: passed over: {error.ToDisplayString()}")).ConfigureAwait(false);
            return [];
        }
    }

    /// <summary>Reads a file.</summary>
    public static async Task<IReadOnlyList<SignedStatement>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            await using (file.ConfigureAwait(false))
            {
                return await DetachedSignatures.ReadAsync(file, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (BundleFormatException error) when (error.ObjectName is null)
        {
            throw new BundleFormatException(error.Code, error.Message, error) { ObjectName = path, Offset = error.Offset, Hint = error.Hint };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", $"The file of signatures cannot be read: {error.Message}", error) { ObjectName = path };
        }
    }

    /// <summary>Adds statements to a file, or makes it. At no time is there half a file by that name.</summary>
    public static async Task AddAsync(string path, IReadOnlyList<SignedStatement> statements, CancellationToken cancellationToken)
    {
        bool exists = File.Exists(path);
        IReadOnlyList<SignedStatement> before = exists ? await ReadAsync(path, cancellationToken).ConfigureAwait(false) : [];
        string written = exists ? $"{path}.{Path.GetRandomFileName()}" : path;
        AtomicOutput output = AtomicOutput.Create(written);
        await using (output.ConfigureAwait(false))
        {
            await DetachedSignatures.WriteAsync(output.Stream, before.Concat(statements), cancellationToken).ConfigureAwait(false);
            await output.PublishAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!exists)
        {
            return;
        }

        try
        {
            File.Move(written, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(written);
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", $"The file of signatures cannot be replaced: {error.Message}", error) { ObjectName = path };
        }
    }
}
