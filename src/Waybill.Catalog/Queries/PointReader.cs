using System.Collections.Immutable;
using System.Data.Common;
using Waybill.Bundles;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog.Queries;

/// <summary>Reads points with their streams and copies. Whether they can be gone back to is for <see cref="ChainJudge"/>.</summary>
internal static class PointReader
{
    private const string Columns =
        """
        SELECT p.id, p.bundle, p.digest, p.created, p.created_nanos, a.app, p.name, p.host, i.platform, i.cluster_id, i.cluster_name, i.namespace, i.namespace_uid, i.kind, i.uid,
            p.lineage, p.generation, p.fork_lineage, p.fork_bundle, p.fork_reason, p.parent, p.parent_digest, p.product, p.product_version, p.profile, p.consistency, p.encrypted, p.depth
        FROM point p JOIN application a ON a.id = p.application JOIN incarnation i ON i.id = p.incarnation
        """;

    private const string StreamColumns =
        """
        SELECT x.point, s.stream, x.kind, x.name, x.length, x.entries, x.gaps, x.data_bytes, x.stored_bytes, x.provider, x.handle, x.storage_class, x.claim, x.file_system, x.snapshot
        FROM point_stream x JOIN stream s ON s.id = x.stream
        """;

    public const string CopyColumns = "SELECT c.point, s.name, c.name, c.length, c.state, c.bundle, c.problem, c.public_tags, c.gone FROM copy c JOIN store s ON s.id = c.store";

    /// <summary>Reads all points of an application, the oldest first.</summary>
    public static Task<ImmutableArray<CatalogPoint>> OfApplicationAsync(CatalogSession session, long application, CancellationToken cancellationToken) =>
        OfApplicationsAsync(session, [application], cancellationToken);

    /// <summary>Reads all points of some applications, the oldest first.</summary>
    public static async Task<ImmutableArray<CatalogPoint>> OfApplicationsAsync(CatalogSession session, IEnumerable<long> applications, CancellationToken cancellationToken)
    {
        object[] ids = [.. applications.Cast<object>()];
        List<(long Id, CatalogPoint Point)> points = await session.QueryManyAsync($"{Columns} WHERE p.application", "", ids, Read, cancellationToken).ConfigureAwait(false);
        object[] found = [.. points.Select(point => (object)point.Id)];
        List<(long Point, CatalogStreamInfo Stream)> streams = await session.QueryManyAsync(
            $"{StreamColumns} WHERE x.point", "ORDER BY x.point, x.number", found, ReadStream, cancellationToken).ConfigureAwait(false);
        List<(long Point, CatalogCopy Copy)> copies = await session.QueryManyAsync(
            $"{CopyColumns} WHERE c.point", "", found, ReadCopy, cancellationToken).ConfigureAwait(false);
        return Assemble(points, streams, copies);
    }

    /// <summary>Reads which points have the bundles.</summary>
    public static Task<List<(BundleId Bundle, Digest Digest)>> KeysOfBundlesAsync(CatalogSession session, IEnumerable<BundleId> bundles, CancellationToken cancellationToken) =>
        session.QueryManyAsync(
            "SELECT bundle, digest FROM point WHERE bundle", "", [.. bundles.Distinct().Select(id => (object)id.ToByteArray())],
            reader => (new BundleId((byte[])reader.GetValue(0)), new Digest((byte[])reader.GetValue(1))), cancellationToken);

    /// <summary>Reads points by the ids of their bundles, without their streams.</summary>
    public static async Task<ImmutableArray<CatalogPoint>> OfBundlesAsync(CatalogSession session, IEnumerable<BundleId> bundles, CancellationToken cancellationToken)
    {
        object[] ids = [.. bundles.Distinct().Select(id => (object)id.ToByteArray())];
        List<(long Id, CatalogPoint Point)> points = await session.QueryManyAsync($"{Columns} WHERE p.bundle", "", ids, Read, cancellationToken).ConfigureAwait(false);
        List<(long Point, CatalogCopy Copy)> copies = await session.QueryManyAsync(
            $"{CopyColumns} WHERE c.point", "", [.. points.Select(point => (object)point.Id)], ReadCopy, cancellationToken).ConfigureAwait(false);
        return Assemble(points, [], copies);
    }

    public static (long Point, CatalogCopy Copy) ReadCopy(DbDataReader reader) => (
        reader.IsDBNull(0) ? 0 : reader.GetInt64(0),
        new CatalogCopy(reader.GetString(1), reader.GetString(2), reader.GetInt64(3), (CopyState)reader.GetInt64(4))
        {
            Bundle = reader.IsDBNull(5) ? default : new BundleId((byte[])reader.GetValue(5)),
            Problem = reader.GetInt64(6) is not 0 and var code ? (WaybillErrorCode)code : null,
            PublicTags = reader.GetString(7),
            Gone = reader.IsDBNull(8) ? null : new Timestamp(reader.GetInt64(8), 0),
        });

    private static ImmutableArray<CatalogPoint> Assemble(
        List<(long Id, CatalogPoint Point)> points, List<(long Point, CatalogStreamInfo Stream)> streams, List<(long Point, CatalogCopy Copy)> copies)
    {
        ILookup<long, CatalogStreamInfo> streamsOf = streams.ToLookup(row => row.Point, row => row.Stream);
        ILookup<long, CatalogCopy> copiesOf = copies.ToLookup(row => row.Point, row => row.Copy);
        return
        [
            .. points
                .Select(row => row.Point with
                {
                    Streams = [.. streamsOf[row.Id]],
                    Copies = [.. copiesOf[row.Id].OrderBy(copy => copy.Store, StringComparer.Ordinal).ThenBy(copy => copy.Name, StringComparer.Ordinal)],
                })
                .OrderBy(point => point.Created)
                .ThenBy(point => point.Bundle.ToString(), StringComparer.Ordinal)
                .ThenBy(point => point.ManifestDigest.ToString(), StringComparer.Ordinal),
        ];
    }

    private static (long Id, CatalogPoint Point) Read(DbDataReader reader)
    {
        var origin = new Origin
        {
            Host = reader.GetString(7),
            Platform = reader.GetString(8),
            ClusterId = reader.GetString(9),
            ClusterName = reader.GetString(10),
            Namespace = reader.GetString(11),
            NamespaceUid = reader.GetString(12),
            Kind = reader.GetString(13),
            Uid = reader.GetString(14),
        };
        return (reader.GetInt64(0), new CatalogPoint(new BundleId(Bytes(1)), new Digest(Bytes(2)), new Timestamp(reader.GetInt64(3), (int)reader.GetInt64(4)))
        {
            Application = new ApplicationIdentity(new AppId(Bytes(5)), reader.GetString(6)) { Origin = origin },
            Lineage = new Lineage(new LineageId(Bytes(15)), reader.GetInt64(16))
            {
                ForkedFrom = reader.IsDBNull(17) ? null : new LineageId(Bytes(17)),
                ForkedFromBundle = reader.IsDBNull(18) ? null : new BundleId(Bytes(18)),
                ForkReason = reader.GetString(19),
            },
            Parent = reader.IsDBNull(20) ? null : new ParentLink(new BundleId(Bytes(20)), new Digest(Bytes(21))),
            Writer = new WriterIdentity(reader.GetString(22), reader.GetString(23), reader.GetString(24)),
            Consistency = (ConsistencyLevel)reader.GetInt64(25),
            IsEncrypted = reader.GetInt64(26) != 0,
            Depth = (CatalogDepth)reader.GetInt64(27),
        });

        byte[] Bytes(int column) => (byte[])reader.GetValue(column);
    }

    private static (long Point, CatalogStreamInfo Stream) ReadStream(DbDataReader reader) => (
        reader.GetInt64(0),
        new CatalogStreamInfo(new StreamId((byte[])reader.GetValue(1)), (StreamKind)reader.GetInt64(2), reader.GetString(3), reader.GetInt64(4))
        {
            Entries = reader.GetInt64(5),
            Gaps = reader.GetInt64(6),
            DataBytes = reader.GetInt64(7),
            StoredBytes = reader.GetInt64(8),
            Volume = new VolumeFacts
            {
                Provider = reader.GetString(9),
                PlatformHandle = reader.GetString(10),
                StorageClass = reader.GetString(11),
                Claim = reader.GetString(12),
                FileSystem = reader.GetString(13),
            },
            Snapshot = reader.GetString(14),
        });
}
