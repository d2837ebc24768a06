using System.Collections.Immutable;
using System.Data.Common;
using Waybill.Bundles;

namespace Waybill.Catalog.Storage;

/// <summary>Writes what was found into a catalog. Everything may be written again, in any order and by several at once: the same is there afterwards.</summary>
internal static class CatalogWriter
{
    /// <summary>Begins a scan: what it sees gets its number, so that what no scan sees any more can be told without comparing clocks.</summary>
    public static async Task<long> BeginScanAsync(CatalogSession session, CancellationToken cancellationToken)
    {
        await session.RunAsync("UPDATE counter SET value = value + 1 WHERE name = 'scan'", cancellationToken).ConfigureAwait(false);
        return await session.NumberAsync("SELECT value FROM counter WHERE name = 'scan'", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a bundle at its place, and its point if it could be read.</summary>
    /// <returns>The point; null if it could not be read.</returns>
    public static async Task<PointRow?> WriteCopyAsync(CatalogSession session, CopyRow copy, long scan, CancellationToken cancellationToken)
    {
        long store = await EnsureStoreAsync(session, copy.Store, cancellationToken).ConfigureAwait(false);
        PointRow? point = copy.Manifest is { } manifest
            ? await WritePointAsync(session, manifest, copy.IsEncrypted, cancellationToken).ConfigureAwait(false)
            : null;
        BundleId bundle = copy.Manifest?.Id ?? copy.Bundle;
        await session.RunAsync(
            """
            INSERT INTO copy (store, name, bundle, point, length, state, problem, public_tags, seen, gone)
            VALUES (@store, @name, @bundle, @point, @length, @state, @problem, @tags, @seen, NULL)
            ON CONFLICT (store, name) DO UPDATE SET bundle = excluded.bundle, point = excluded.point, length = excluded.length, state = excluded.state,
                problem = excluded.problem, public_tags = excluded.public_tags, gone = NULL, seen = CASE WHEN copy.seen > excluded.seen THEN copy.seen ELSE excluded.seen END
            """,
            cancellationToken,
            ("@store", store),
            ("@name", CatalogText.Clean(copy.Name)),
            ("@bundle", bundle.IsDefault ? null : bundle.ToByteArray()),
            ("@point", point?.Id),
            ("@length", copy.Length),
            ("@state", (long)copy.State),
            ("@problem", (long)(copy.Problem?.Code ?? 0)),
            ("@tags", CatalogText.Clean(string.Join(", ", copy.PublicTags.Select(tag => $"{tag.Key}={tag.Value}")))),
            ("@seen", scan)).ConfigureAwait(false);
        return point;
    }

    /// <summary>Writes a point. One that is there is not changed.</summary>
    public static async Task<PointRow> WritePointAsync(CatalogSession session, BundleManifest manifest, bool isEncrypted, CancellationToken cancellationToken)
    {
        if (await FindPointAsync(session, manifest, cancellationToken).ConfigureAwait(false) is { } known)
        {
            return known;
        }

        long application = await LockApplicationAsync(session, manifest, cancellationToken).ConfigureAwait(false);
        long incarnation = await EnsureIncarnationAsync(session, application, manifest.Application.Origin, cancellationToken).ConfigureAwait(false);
        if (await InsertPointAsync(session, manifest, isEncrypted, application, incarnation, cancellationToken).ConfigureAwait(false) is not { } point)
        {
            // Somebody else was quicker; with the application locked it is there as a whole.
            return await FindPointAsync(session, manifest, cancellationToken).ConfigureAwait(false) ?? throw new InvalidOperationException("A point that is there cannot be found.");
        }

        ImmutableArray<long> streams = await WriteStreamsAsync(session, application, point, manifest.Streams, cancellationToken).ConfigureAwait(false);
        await FactWriter.WriteAsync(session, point, application, manifest.Created, [.. FactRow.Of(manifest)], cancellationToken).ConfigureAwait(false);
        await RefreshApplicationAsync(session, application, cancellationToken).ConfigureAwait(false);
        return new PointRow(point, application, CatalogDepth.Manifest, IsNew: true, streams);
    }

    /// <summary>States how much of a point was read.</summary>
    public static Task DeepenAsync(CatalogSession session, long point, CatalogDepth depth, CancellationToken cancellationToken) => session.RunAsync(
        "UPDATE point SET depth = @depth WHERE id = @point AND depth < @depth", cancellationToken, ("@point", point), ("@depth", (long)depth));

    /// <summary>Brings name and times of an application up to its points.</summary>
    public static Task RefreshApplicationAsync(CatalogSession session, long application, CancellationToken cancellationToken) => session.RunAsync(
        """
        UPDATE application SET
            name = (SELECT name FROM point WHERE application = @application ORDER BY created DESC, created_nanos DESC, bundle DESC, digest DESC LIMIT 1),
            first_seen = (SELECT created FROM point WHERE application = @application ORDER BY created, created_nanos LIMIT 1),
            first_nanos = (SELECT created_nanos FROM point WHERE application = @application ORDER BY created, created_nanos LIMIT 1),
            last_seen = (SELECT created FROM point WHERE application = @application ORDER BY created DESC, created_nanos DESC LIMIT 1),
            last_nanos = (SELECT created_nanos FROM point WHERE application = @application ORDER BY created DESC, created_nanos DESC LIMIT 1)
        WHERE id = @application
        """,
        cancellationToken,
        ("@application", application));

    private static async Task<long> EnsureStoreAsync(CatalogSession session, string name, CancellationToken cancellationToken)
    {
        name = CatalogText.Clean(name);
        byte[] digest = CatalogText.DigestOf(name);
        if (await session.FindAsync("SELECT id FROM store WHERE digest = @digest", cancellationToken, ("@digest", digest)).ConfigureAwait(false) is long known)
        {
            return known;
        }

        await session.RunAsync("INSERT INTO store (digest, name) VALUES (@digest, @name) ON CONFLICT DO NOTHING", cancellationToken, ("@digest", digest), ("@name", name)).ConfigureAwait(false);
        return await session.NumberAsync("SELECT id FROM store WHERE digest = @digest", cancellationToken, ("@digest", digest)).ConfigureAwait(false);
    }

    private static async Task<PointRow?> FindPointAsync(CatalogSession session, BundleManifest manifest, CancellationToken cancellationToken)
    {
        List<PointRow> points = await session.QueryAsync(
            "SELECT id, application, depth FROM point WHERE bundle = @bundle AND digest = @digest",
            reader => new PointRow(reader.GetInt64(0), reader.GetInt64(1), (CatalogDepth)reader.GetInt64(2), IsNew: false, []),
            cancellationToken,
            ("@bundle", manifest.Id.ToByteArray()),
            ("@digest", manifest.Digest.ToByteArray())).ConfigureAwait(false);
        if (points is not [var point])
        {
            return null;
        }

        List<long> streams = await session.QueryAsync(
            "SELECT stream FROM point_stream WHERE point = @point ORDER BY number", reader => reader.GetInt64(0), cancellationToken, ("@point", point.Id)).ConfigureAwait(false);
        return point with { Streams = [.. streams] };
    }

    // The update locks the row, so that two who add points of one application do it one after the other and the later one sees what the first has added.
    private static Task<long> LockApplicationAsync(CatalogSession session, BundleManifest manifest, CancellationToken cancellationToken) => session.NumberAsync(
        """
        INSERT INTO application (app, name, first_seen, first_nanos, last_seen, last_nanos) VALUES (@app, @name, @seconds, @nanos, @seconds, @nanos)
        ON CONFLICT (app) DO UPDATE SET name = application.name RETURNING id
        """,
        cancellationToken,
        ("@app", manifest.Application.Id.ToByteArray()),
        ("@name", CatalogText.Clean(manifest.Application.Name)),
        ("@seconds", manifest.Created.Seconds),
        ("@nanos", (long)manifest.Created.Nanoseconds));

    private static async Task<long> EnsureIncarnationAsync(CatalogSession session, long application, Origin origin, CancellationToken cancellationToken)
    {
        byte[] digest = CatalogText.DigestOf(origin.Platform, origin.ClusterId, origin.ClusterName, origin.Namespace, origin.NamespaceUid, origin.Kind, origin.Uid);
        if (await FindAsync().ConfigureAwait(false) is long known)
        {
            return known;
        }

        await session.RunAsync(
            """
            INSERT INTO incarnation (application, digest, platform, cluster_id, cluster_name, namespace, namespace_uid, kind, uid)
            VALUES (@application, @digest, @platform, @clusterId, @clusterName, @namespace, @namespaceUid, @kind, @uid) ON CONFLICT DO NOTHING
            """,
            cancellationToken,
            ("@application", application),
            ("@digest", digest),
            ("@platform", CatalogText.Clean(origin.Platform)),
            ("@clusterId", CatalogText.Clean(origin.ClusterId)),
            ("@clusterName", CatalogText.Clean(origin.ClusterName)),
            ("@namespace", CatalogText.Clean(origin.Namespace)),
            ("@namespaceUid", CatalogText.Clean(origin.NamespaceUid)),
            ("@kind", CatalogText.Clean(origin.Kind)),
            ("@uid", CatalogText.Clean(origin.Uid))).ConfigureAwait(false);
        return (long)(await FindAsync().ConfigureAwait(false))!;

        Task<object?> FindAsync() => session.FindAsync(
            "SELECT id FROM incarnation WHERE application = @application AND digest = @digest", cancellationToken, ("@application", application), ("@digest", digest));
    }

    private static async Task<long?> InsertPointAsync(
        CatalogSession session, BundleManifest manifest, bool isEncrypted, long application, long incarnation, CancellationToken cancellationToken) => (long?)await session.FindAsync(
        """
        INSERT INTO point (bundle, digest, application, incarnation, name, host, created, created_nanos, lineage, generation, fork_lineage, fork_bundle, fork_reason,
            parent, parent_digest, product, product_version, profile, consistency, encrypted, depth)
        VALUES (@bundle, @digest, @application, @incarnation, @name, @host, @created, @nanos, @lineage, @generation, @forkLineage, @forkBundle, @forkReason,
            @parent, @parentDigest, @product, @productVersion, @profile, @consistency, @encrypted, 0)
        ON CONFLICT DO NOTHING RETURNING id
        """,
        cancellationToken,
        ("@bundle", manifest.Id.ToByteArray()),
        ("@digest", manifest.Digest.ToByteArray()),
        ("@application", application),
        ("@incarnation", incarnation),
        ("@name", CatalogText.Clean(manifest.Application.Name)),
        ("@host", CatalogText.Clean(manifest.Application.Origin.Host)),
        ("@created", manifest.Created.Seconds),
        ("@nanos", (long)manifest.Created.Nanoseconds),
        ("@lineage", manifest.Lineage.Id.ToByteArray()),
        ("@generation", manifest.Lineage.Generation),
        ("@forkLineage", manifest.Lineage.ForkedFrom?.ToByteArray()),
        ("@forkBundle", manifest.Lineage.ForkedFromBundle?.ToByteArray()),
        ("@forkReason", CatalogText.Clean(manifest.Lineage.ForkReason)),
        ("@parent", manifest.Parent?.Id.ToByteArray()),
        ("@parentDigest", manifest.Parent?.ManifestDigest.ToByteArray()),
        ("@product", CatalogText.Clean(manifest.Writer.Product)),
        ("@productVersion", CatalogText.Clean(manifest.Writer.Version)),
        ("@profile", CatalogText.Clean(manifest.Writer.Profile)),
        ("@consistency", (long)LeastConsistency(manifest)),
        ("@encrypted", isEncrypted ? 1L : 0L)).ConfigureAwait(false);

    private static async Task<ImmutableArray<long>> WriteStreamsAsync(
        CatalogSession session, long application, long point, ImmutableArray<StreamInfo> streams, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<StreamId, long>();
        foreach ((StreamId stream, long row) in await session.QueryManyAsync(
            "SELECT stream, id FROM stream WHERE application = @application AND stream", "", [.. streams.Select(stream => stream.Id).Distinct().Select(id => (object)id.ToByteArray())], Read, cancellationToken,
            ("@application", application)).ConfigureAwait(false))
        {
            rows.Add(stream, row);
        }

        // The application is locked: nobody else adds streams to it.
        await session.InsertAsync(
            "INSERT INTO stream (application, stream)",
            "RETURNING stream, id",
            [.. streams.Select(stream => stream.Id).Distinct().Where(id => !rows.ContainsKey(id)).Select(id => (object?[])[application, id.ToByteArray()])],
            reader => rows.Add(Read(reader).Stream, Read(reader).Row),
            cancellationToken).ConfigureAwait(false);
        await session.InsertAsync(
            "INSERT INTO point_stream (point, number, stream, kind, name, length, entries, gaps, data_bytes, stored_bytes, provider, handle, storage_class, claim, file_system, snapshot)",
            "",
            [.. streams.Select(stream => RowOf(point, rows[stream.Id], stream))],
            read: null,
            cancellationToken).ConfigureAwait(false);
        return [.. streams.Select(stream => rows[stream.Id])];

        static (StreamId Stream, long Row) Read(DbDataReader reader) => (new StreamId((byte[])reader.GetValue(0)), reader.GetInt64(1));
    }

    internal static object?[] RowOf(long point, long row, StreamInfo stream)
    {
        VolumeFacts volume = stream.Volume ?? new VolumeFacts();
        return
        [
            point, (long)stream.Number, row, (long)stream.Kind, CatalogText.Clean(stream.Name), stream.VirtualLength, stream.EntryCount, stream.GapCount, stream.DataBytes, stream.StoredBytes,
            CatalogText.Clean(volume.Provider), CatalogText.Clean(volume.PlatformHandle), CatalogText.Clean(volume.StorageClass), CatalogText.Clean(volume.Claim),
            CatalogText.Clean(volume.FileSystem), CatalogText.Clean(stream.Change.TargetHandle),
        ];
    }

    // A point is worth what its worst part is.
    private static ConsistencyLevel LeastConsistency(BundleManifest manifest) =>
        manifest.Groups.IsDefaultOrEmpty ? ConsistencyLevel.Unknown : manifest.Groups.Min(group => group.Evidence.Level);
}
