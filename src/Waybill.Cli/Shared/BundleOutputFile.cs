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
        return new BundleOutputFile(file, file.Stream);
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

    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
    }
}
