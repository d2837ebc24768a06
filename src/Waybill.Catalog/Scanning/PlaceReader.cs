using Waybill.Bundles;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog.Scanning;

/// <summary>Reads one bundle into a catalog.</summary>
internal sealed class PlaceReader(CatalogDatabase database, CatalogScanOptions options, long scan)
{
    public async Task<PlaceResult> ReadAsync(BundlePlace place, CancellationToken cancellationToken)
    {
        BundleReader? reader = null;
        try
        {
            try
            {
                ByteSource source = await place.Open(cancellationToken).ConfigureAwait(false);
                reader = await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned, options.Reader, cancellationToken).ConfigureAwait(false);
            }
            catch (WaybillException e)
            {
                return await RecordUnreadAsync(place, e, cancellationToken).ConfigureAwait(false);
            }

            return await RecordAsync(place, reader, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (reader is not null)
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<PlaceResult> RecordAsync(BundlePlace place, BundleReader reader, CancellationToken cancellationToken)
    {
        var copy = new CopyRow(place.Store, place.Name, reader.Length) { Manifest = reader.Manifest, IsEncrypted = reader.IsEncrypted };
        PointRow point = (await database.WriteAsync(session => CatalogWriter.WriteCopyAsync(session, copy, scan, cancellationToken), cancellationToken).ConfigureAwait(false))!;
        try
        {
            if (options.Depth >= CatalogDepth.Definitions && point.Depth < CatalogDepth.Definitions)
            {
                await AddDefinitionsAsync(reader, point, cancellationToken).ConfigureAwait(false);
            }

            if (options.Depth >= CatalogDepth.Files && point.Depth < CatalogDepth.Files)
            {
                await AddFilesAsync(reader, point, cancellationToken).ConfigureAwait(false);
            }

            return new PlaceResult(true, point.IsNew, true, null);
        }
        catch (WaybillException e) when (e is BundleFormatException or ProviderException)
        {
            // The point stands in the catalog, only less is known of it. A catalog that fails is another matter and ends the scan.
            return new PlaceResult(true, point.IsNew, true, e);
        }
    }

    private async Task AddDefinitionsAsync(BundleReader reader, PointRow point, CancellationToken cancellationToken)
    {
        var facts = new HashSet<FactRow>();
        await foreach (ResourceObject resource in reader.ReadResourcesAsync(secrets: false, cancellationToken).ConfigureAwait(false))
        {
            facts.UnionWith(FactRow.Of(resource));
        }

        await database.WriteAsync(
            async session =>
            {
                await FactWriter.WriteAsync(session, point.Id, point.Application, reader.Manifest.Created, [.. facts], cancellationToken).ConfigureAwait(false);
                await CatalogWriter.DeepenAsync(session, point.Id, CatalogDepth.Definitions, cancellationToken).ConfigureAwait(false);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
    }

    // In parts, each a change of its own: others get their turn, and a tree of millions of files needs no more memory than a small one. If it ends half-way,
    // the point is not marked as read that far, and the next scan begins again.
    private async Task AddFilesAsync(BundleReader reader, PointRow point, CancellationToken cancellationToken)
    {
        foreach (StreamInfo stream in reader.Manifest.Streams.Where(stream => stream.Kind == StreamKind.FileMeta))
        {
            var entries = new List<FileTreeEntry>(FileWriter.ChunkSize);
            await foreach (FileTreeEntry entry in reader.ReadFileEntriesAsync(stream.Name, cancellationToken).ConfigureAwait(false))
            {
                if (!entry.Path.IsRoot)
                {
                    entries.Add(entry);
                }

                if (entries.Count == FileWriter.ChunkSize)
                {
                    await WriteFilesAsync(reader, point.Streams[stream.Number], entries, cancellationToken).ConfigureAwait(false);
                    entries.Clear();
                }
            }

            await WriteFilesAsync(reader, point.Streams[stream.Number], entries, cancellationToken).ConfigureAwait(false);
        }

        await database.WriteAsync(
            async session =>
            {
                await CatalogWriter.DeepenAsync(session, point.Id, CatalogDepth.Files, cancellationToken).ConfigureAwait(false);
                return 0;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private Task<int> WriteFilesAsync(BundleReader reader, long stream, List<FileTreeEntry> entries, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await FileWriter.WriteAsync(session, stream, reader.Manifest.Created, entries, cancellationToken).ConfigureAwait(false);
            return 0;
        },
        cancellationToken);

    private async Task<PlaceResult> RecordUnreadAsync(BundlePlace place, WaybillException problem, CancellationToken cancellationToken)
    {
        switch (problem.Code)
        {
            case WaybillErrorCode.NotABundle:
                return new PlaceResult(false, false, false, null);
            case WaybillErrorCode.SourceReadFailed:
                // Says something of the disk or the network, nothing of the bundle.
                return new PlaceResult(true, false, false, problem);
        }

        BundleClearHeader? clear = await TryReadClearAsync(place, cancellationToken).ConfigureAwait(false);
        var copy = new CopyRow(place.Store, place.Name, place.Length)
        {
            Bundle = clear?.Id ?? default, IsEncrypted = clear?.IsEncrypted ?? false, Problem = problem, PublicTags = [.. clear?.PublicTags ?? []],
        };
        await database.WriteAsync(session => CatalogWriter.WriteCopyAsync(session, copy, scan, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new PlaceResult(true, false, true, problem);
    }

    private static async Task<BundleClearHeader?> TryReadClearAsync(BundlePlace place, CancellationToken cancellationToken)
    {
        try
        {
            ByteSource source = await place.Open(cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                return await BundleClearHeader.ReadAsync(source, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (WaybillException)
        {
            // Not even its beginning can be read; the place is recorded without an id.
            return null;
        }
    }
}
