using Waybill.Bundles;
using Waybill.Storage;

namespace Waybill.Engine;

/// <summary>What an interrupted run has stored of its bundle. Nothing of it is trusted beyond its own digests.</summary>
internal sealed class StoredParts : IAsyncDisposable
{
    private readonly ByteSource? _source;
    private readonly SalvageReport? _report;

    private StoredParts(ByteSource? source, SalvageReport? report)
    {
        _source = source;
        _report = report;
    }

    public static async Task<StoredParts> OpenAsync(IBundleStore store, LedgerRun run, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        ByteSource? source = await store.OpenUnfinishedAsync(run.BundleName, cancellationToken).ConfigureAwait(false);
        if (source is null)
        {
            return new StoredParts(null, null);
        }

        SalvageReport? report = null;
        try
        {
            report = await BundleSalvager.ScanAsync(source, options, null, cancellationToken).ConfigureAwait(false);
            if (report.Id == run.Id)
            {
                return new StoredParts(source, report);
            }
        }
        catch (WaybillException)
        {
            // Too little was stored to be of use, or no key opens it: everything is read again.
        }

        report?.Dispose();
        await source.DisposeAsync().ConfigureAwait(false);
        return new StoredParts(null, null);
    }

    /// <summary>Opens what was stored of a volume; the caller disposes it.</summary>
    public SalvagedContent? Open(string volume) =>
        _report?.FindStream(StreamKind.BlockVolume, volume) is { } stream ? BundleSalvager.OpenStream(_report, stream) : null;

    public async ValueTask DisposeAsync()
    {
        _report?.Dispose();
        if (_source is not null)
        {
            await _source.DisposeAsync().ConfigureAwait(false);
        }
    }
}
