using System.Collections.Immutable;
using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Salvaging;

/// <summary>One pass over a damaged bundle: finds its records, checks chunks on several workers, and sorts what was found by stream.</summary>
internal sealed class SalvageScan(ByteSource source, BundleReaderOptions options)
{
    // Bounds the memory of a batch; one chunk can have 8 MiB.
    private const int MaxBatchBytes = 16 * 1024 * 1024;

    private readonly List<SalvageDamage> _damage = [];
    private readonly List<BatchItem> _batch = [];
    private readonly int _maxBatchItems = 16 * options.Workers;
    private RecordHandler? _handler;
    private RecordCipher? _cipher;
    private int _batchBytes;

    public async Task<SalvageReport> RunAsync(IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return await RunCoreAsync(progress, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Without a report nobody else clears the keys.
            _cipher?.Dispose();
            throw;
        }
    }

    private async Task<SalvageReport> RunCoreAsync(IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        var damaged = new DamagedSource(source);
        var reporting = new ReportingByteSource(source);
        DamagedHead head = await DamagedHead.ReadAsync(damaged, reporting, _damage, cancellationToken).ConfigureAwait(false);
        _handler = new RecordHandler(head, options, _damage);
        Trailer? trailer = null;
        bool trailerInPlace = false;
        if (head.Tag is { } tag)
        {
            if (head.Features is not { IsEncrypted: false })
            {
                _cipher = await SalvageKeys.FindAsync(damaged, tag, head.Preamble is not null, options.Keys, cancellationToken).ConfigureAwait(false);
            }

            var finder = new RecordFinder(damaged, tag, _damage);
            if (head.Preamble is not null)
            {
                finder.AcceptPreamble();
            }

            await ScanAsync(finder, progress, cancellationToken).ConfigureAwait(false);
            trailer = finder.Trailer;
            trailerInPlace = finder.TrailerInPlace;
        }

        damaged.RequireAnyRead();
        _damage.AddRange(damaged.Unreadable.Select(r => new SalvageDamage(r.Offset, r.Length, "The source cannot be read here")));
        return await CompleteAsync(head, trailer, trailerInPlace, cancellationToken).ConfigureAwait(false);
    }

    private async Task ScanAsync(RecordFinder finder, IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        using var checker = new ChunkChecker(options.Workers);
        while (await finder.NextAsync(cancellationToken).ConfigureAwait(false) is { } record)
        {
            // What a chunk means depends on the start of its stream, so that must be known before the chunk is looked at.
            if (record.Header.Type is RecordType.StreamBegin or RecordType.FeatureNames)
            {
                await FlushAsync(checker, cancellationToken).ConfigureAwait(false);
            }

            if (TryOpen(record) is not { } opened)
            {
                continue;
            }

            _batch.Add(new BatchItem(opened));
            _batchBytes += record.Header.PayloadLength;
            if (record.Header.Type is RecordType.StreamBegin or RecordType.FeatureNames || _batchBytes >= MaxBatchBytes || _batch.Count >= _maxBatchItems)
            {
                await FlushAsync(checker, cancellationToken).ConfigureAwait(false);
                progress?.Report(new BundleProgress("", finder.Position, source.Length, finder.Position));
            }
        }

        await FlushAsync(checker, cancellationToken).ConfigureAwait(false);
        progress?.Report(new BundleProgress("", source.Length, source.Length, source.Length));
    }

    private FoundRecord? TryOpen(FoundRecord record)
    {
        if (_cipher is null || !record.Header.IsSealed || !Enum.IsDefined(record.Header.Type))
        {
            return record;
        }

        try
        {
            return record.Open(_cipher);
        }
        catch (BundleFormatException e)
        {
            _damage.Add(new SalvageDamage(record.Position, RecordHeader.Size + record.Header.PayloadLength, e.Message));
            record.Release();
            return null;
        }
    }

    private async ValueTask FlushAsync(ChunkChecker checker, CancellationToken cancellationToken)
    {
        await checker.CheckAsync(_batch, _handler!, cancellationToken).ConfigureAwait(false);
        foreach (BatchItem item in _batch)
        {
            _handler!.Handle(item);
            item.Record.Release();
        }

        _batch.Clear();
        _batchBytes = 0;
    }

    private async Task<SalvageReport> CompleteAsync(DamagedHead head, Trailer? trailer, bool trailerInPlace, CancellationToken cancellationToken)
    {
        RecordHandler handler = _handler!;
        if (trailer is { } t && ((head.Id is { } id && t.BundleId != id) || (head.Features is { } f && t.Features != f)))
        {
            _damage.Add(new SalvageDamage(source.Length, 0, "The trailer names another bundle or other features than the preamble"));
            trailer = null;
        }

        if (trailer is { } sealedTrailer && _cipher is { } cipher && !sealedTrailer.IsAuthentic(cipher.Keys))
        {
            _damage.Add(new SalvageDamage(source.Length, 0, "The trailer is not what the writer of the bundle made"));
            trailer = null;
        }

        var payloads = new SalvagedPayloads(new ReportingByteSource(source), _cipher);
        (BundleManifest? manifest, bool confirmed) = handler.ChooseManifest(trailer);
        handler.AddStatements(manifest, confirmed);
        var streams = ImmutableArray.CreateBuilder<SalvagedStream>();
        foreach (StreamFinds finds in handler.Streams.Values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            streams.Add(await new StreamAnalysis(finds, payloads, handler.ZstdAllowed, _damage).RunAsync(cancellationToken).ConfigureAwait(false));
        }

        bool undamaged = _damage.Count == 0;
        _damage.Sort((a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : a.Length.CompareTo(b.Length));
        return new SalvageReport(source, payloads, handler.ZstdAllowed)
        {
            Id = head.Id ?? handler.Id,
            Identity = head.Id is null && handler.Id is not null ? SalvageIdentity.Record : head.Identity,
            Application = manifest?.Application ?? handler.Prologue?.Application ?? handler.Application,
            Prologue = handler.Prologue,
            Manifest = manifest,
            HasTrailer = trailer is not null,
            Records = handler.Records,
            Damage = [.. _damage],
            Streams = streams.ToImmutable(),
            IsComplete = undamaged && trailerInPlace && confirmed && trailer?.RecordCount == handler.Records && handler.Prologue is not null
                && streams.Count == manifest!.Streams.Length && streams.All(s => s.IsVerified),
        };
    }
}
