using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Shared;

/// <summary>Where a new bundle goes: a file that appears when it is complete, or standard output.</summary>
internal sealed class BundleOutputFile : IAsyncDisposable
{
    private readonly AtomicOutput? _file;
    private readonly CountingStream _stream;

    private BundleOutputFile(AtomicOutput? file, Stream stream)
    {
        _file = file;
        _stream = new CountingStream(stream);
    }

    public Stream Stream => _stream;

    public long BytesWritten => _stream.BytesWritten;

    public static BundleOutputFile Create(string path, CliConsole console, bool durable)
    {
        if (path == "-")
        {
            return new BundleOutputFile(null, new StandardStream(console.OpenOutput(), "standard output"));
        }

        AtomicOutput file = AtomicOutput.Create(path, durable);
        return new BundleOutputFile(file, console.WrapFile(file.Stream));
    }

    /// <summary>Gives the bundle its name; the only thing that does.</summary>
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (_file is not null)
        {
            await _file.PublishAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads a file back, and gives it its name only if it is a good bundle. What went to standard output is gone and not read back.</summary>
    /// <param name="options">Keys. If they do not open the new bundle, what can be checked without a key is.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetWriteFailed"/>: what lies in the file is not what was written.</exception>
    public async Task PublishVerifiedAsync(BundleReaderOptions options, IProgress<BundleProgress> progress, CancellationToken cancellationToken)
    {
        if (_file is not null)
        {
            await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            var source = new SharedByteSource(await _file.ReadBackAsync(cancellationToken).ConfigureAwait(false));
            await using (source.ConfigureAwait(false))
            {
                VerificationReport report = await CheckAsync(source, options, progress, cancellationToken).ConfigureAwait(false);
                if (report.Problem is { } problem)
                {
                    throw new ProviderException(
                        WaybillErrorCode.TargetWriteFailed, "file", $"The new bundle was read back and is not what was written, so it was removed: {problem.ToDisplayString()}", problem)
                    {
                        ObjectName = _file.Path,
                        Hint = "Nothing was changed. Look at the disk, then try again.",
                    };
                }
            }
        }

        await PublishAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<VerificationReport> CheckAsync(SharedByteSource source, BundleReaderOptions options, IProgress<BundleProgress> progress, CancellationToken cancellationToken)
    {
        try
        {
            Stream content = source.OpenStream();
            await using (content.ConfigureAwait(false))
            {
                return await BundleVerifier.VerifyAsync(content, _file!.Path, TrustPolicy.AcceptUnsigned, options, progress, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (WaybillException error) when (error.Code is WaybillErrorCode.NoMatchingKey or WaybillErrorCode.ScopeMissing)
        {
            // It is for others: their keys are elsewhere.
            Stream content = source.OpenStream();
            await using (content.ConfigureAwait(false))
            {
                return await BundleVerifier.VerifyStorageAsync(content, _file!.Path, TrustPolicy.AcceptUnsigned, options, progress, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
    }
}
