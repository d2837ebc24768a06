using System.Data.Common;
using System.Globalization;
using System.Threading.Channels;
using Waybill.Bundles;
using Waybill.Catalog;
using Waybill.Catalog.Storage;

namespace Waybill.Benchmarks.Catalogs;

/// <summary>
/// Puts applications of the fleet into a catalog without asking it anything: the rows that the writer would have made, straight into the tables, with the indexes made afterwards.
/// <see cref="BulkCheck"/> proves that they are the same.
/// </summary>
internal sealed class BulkFill(BulkTarget target, long store, Dictionary<Guid, long> facts, long[] next)
{
    private const int Ahead = 64;

    private enum Id
    {
        Application,
        Incarnation,
        Point,
        Stream,
        Fact,
        File,
        FileBlock,
    }

    /// <summary>Adds the applications that are missing behind those that are there. At least one must be there.</summary>
    public static async Task RunAsync(string location, int applications, IProgress<int>? progress = null)
    {
        using BulkTarget target = BulkTarget.Open(location);
        var facts = new Dictionary<Guid, long>();
        await foreach (DbDataReader row in target.QueryAsync("SELECT digest, id FROM fact"))
        {
            facts.Add(new Guid((byte[])row.GetValue(0)), row.GetInt64(1));
        }

        long[] next = new long[Enum.GetValues<Id>().Length];
        foreach ((Id id, string table) in ((Id, string)[])
        [
            (Id.Application, "application"), (Id.Incarnation, "incarnation"), (Id.Point, "point"), (Id.Stream, "stream"), (Id.Fact, "fact"), (Id.File, "file"), (Id.FileBlock, "file_block"),
        ])
        {
            next[(int)id] = await target.NumberAsync($"SELECT coalesce(max(id), 0) FROM {table}") + 1;
        }

        int first = (int)await target.NumberAsync("SELECT count(*) FROM application");
        var fill = new BulkFill(target, await target.NumberAsync("SELECT id FROM store"), facts, next);
        await target.BeginAsync();
        await fill.WriteAsync(first, applications, progress);
        await target.EndAsync();
    }

    private async Task WriteAsync(int first, int end, IProgress<int>? progress)
    {
        var prepared = Channel.CreateBounded<Prepared>(Ahead);
        Task preparing = Task.Run(async () =>
        {
            for (int application = first; application < end; application++)
            {
                await prepared.Writer.WriteAsync(new Prepared(application));
            }

            prepared.Writer.Complete();
        });
        int done = first;
        await foreach (Prepared application in prepared.Reader.ReadAllAsync())
        {
            Write(application);
            progress?.Report(++done);
        }

        await preparing;
    }

    private void Write(Prepared prepared)
    {
        BundleManifest oldest = prepared.Points[0].Manifest;
        BundleManifest newest = prepared.Points[^1].Manifest;
        Origin origin = newest.Application.Origin;
        long application = Take(Id.Application);
        long incarnation = Take(Id.Incarnation);
        target.Add("application", application, newest.Application.Id.ToByteArray(), newest.Application.Name, oldest.Created.Seconds, (long)oldest.Created.Nanoseconds, newest.Created.Seconds, (long)newest.Created.Nanoseconds);
        target.Add(
            "incarnation", incarnation, application,
            CatalogText.DigestOf(origin.Platform, origin.ClusterId, origin.ClusterName, origin.Namespace, origin.NamespaceUid, origin.Kind, origin.Uid),
            origin.Platform, origin.ClusterId, origin.ClusterName, origin.Namespace, origin.NamespaceUid, origin.Kind, origin.Uid);
        long[] streams = [.. oldest.Streams.Select(_ => Take(Id.Stream))];
        for (int i = 0; i < streams.Length; i++)
        {
            target.Add("stream", streams[i], application, oldest.Streams[i].Id.ToByteArray());
        }

        for (int number = 0; number < prepared.Points.Length; number++)
        {
            WritePoint(prepared.Points[number], application, incarnation, streams, (long)(Fleet.HasFiles(number) ? CatalogDepth.Files : CatalogDepth.Manifest));
        }

        WriteFiles(prepared, streams[2]);
    }

    private void WritePoint((BundleManifest Manifest, (byte[] Digest, FactRow Fact)[] Facts) prepared, long application, long incarnation, long[] streams, long depth)
    {
        BundleManifest manifest = prepared.Manifest;
        long point = Take(Id.Point);
        target.Add(
            "point", point, manifest.Id.ToByteArray(), manifest.Digest.ToByteArray(), application, incarnation, manifest.Application.Name, manifest.Application.Origin.Host,
            manifest.Created.Seconds, (long)manifest.Created.Nanoseconds, manifest.Lineage.Id.ToByteArray(), manifest.Lineage.Generation, null, null, "",
            manifest.Parent?.Id.ToByteArray(), manifest.Parent?.ManifestDigest.ToByteArray(), manifest.Writer.Product, manifest.Writer.Version, manifest.Writer.Profile,
            (long)ConsistencyLevel.Unknown, 0L, depth);
        for (int i = 0; i < streams.Length; i++)
        {
            target.Add("point_stream", CatalogWriter.RowOf(point, streams[i], manifest.Streams[i]));
        }

        CopyRow copy = Fleet.CopyOf(manifest);
        target.Add("copy", store, copy.Name, manifest.Id.ToByteArray(), point, copy.Length, (long)copy.State, 0L, "", 1L, null);
        foreach ((byte[] digest, FactRow fact) in prepared.Facts)
        {
            var key = new Guid(digest);
            if (!facts.TryGetValue(key, out long id))
            {
                id = Take(Id.Fact);
                facts.Add(key, id);
                target.Add("fact", id, digest, (long)fact.Kind, fact.Name, (long)fact.Type, fact.Value, (long)fact.Source, fact.Reference, (long)fact.Sensitivity, fact.Folded);
            }

            target.Add("point_fact", id, application, manifest.Created.Seconds, point, fact.Observed?.Seconds);
        }
    }

    // What the writer makes of a list that is seen twice: a file keeps its row, and has a second version if it changed.
    private void WriteFiles(Prepared prepared, long stream)
    {
        long oldest = prepared.Points[0].Manifest.Created.Seconds;
        long newest = prepared.Points[^1].Manifest.Created.Seconds;
        var files = new List<(long, string)>(prepared.Files.Length);
        foreach ((byte[] digest, string path, FileTreeEntry first, FileTreeEntry last) in prepared.Files)
        {
            long file = Take(Id.File);
            files.Add((file, path));
            target.Add("file", file, stream, digest, path);
            bool changes = first.Size != last.Size || first.Modified != last.Modified;
            AddVersion(file, first, oldest, changes ? oldest : newest);
            if (changes)
            {
                AddVersion(file, last, newest, newest);
            }
        }

        foreach ((string numbers, string folded) in FileBlock.Of(files))
        {
            target.Add("file_block", Take(Id.FileBlock), stream, numbers, folded);
        }
    }

    private void AddVersion(long file, FileTreeEntry entry, long first, long last) =>
        target.Add("file_version", file, (long)entry.Type, entry.Size, entry.Modified!.Value.Seconds, (long)entry.Modified.Value.Nanoseconds, first, last);

    private long Take(Id id) => next[(int)id]++;

    /// <summary>What can be computed of an application beforehand, on another processor.</summary>
    private sealed class Prepared
    {
        public Prepared(int application)
        {
            Points =
            [
                .. Enumerable.Range(0, Fleet.PointsPerApplication).Select(number =>
                {
                    BundleManifest manifest = Fleet.Point(application, number);
                    return (manifest, Sorted(FactRow.Of(manifest).Select(fact => (fact.Digest(), fact)).DistinctBy(fact => new Guid(fact.Item1))));
                }),
            ];
            Files =
            [
                .. Fleet.Files(application, 0)
                    .Zip(Fleet.Files(application, Fleet.PointsPerApplication - 1))
                    .Select(pair => (Digest: CatalogText.DigestOf(pair.First.Path.ToString()), pair.First.Path.ToString(), pair.First, pair.Second))
                    .OrderBy(file => Convert.ToHexString(file.Digest), StringComparer.Ordinal),
            ];
        }

        public (BundleManifest Manifest, (byte[] Digest, FactRow Fact)[] Facts)[] Points { get; }

        public (byte[] Digest, string Path, FileTreeEntry First, FileTreeEntry Last)[] Files { get; }

        private static (byte[] Digest, FactRow Fact)[] Sorted(IEnumerable<(byte[] Digest, FactRow Fact)> facts) =>
            [.. facts.OrderBy(fact => Convert.ToHexString(fact.Digest), StringComparer.Ordinal)];
    }
}
