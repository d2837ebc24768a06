using System.Data.Common;
using System.Globalization;
using Npgsql;
using Waybill.Catalog;

namespace Waybill.Benchmarks.Catalogs;

/// <summary>Compares what catalogs hold, row by row of each table, with what a row's number stands for in the place of the number.</summary>
internal static class BulkCheck
{
    private const string Origin = "a.app, i.digest, i.platform, i.cluster_id, i.cluster_name, i.namespace, i.namespace_uid, i.kind, i.uid";

    private static readonly (string Table, string Rows)[] s_tables =
    [
        ("counter", "SELECT name, value FROM counter ORDER BY name"),
        ("store", "SELECT digest, name FROM store ORDER BY digest"),
        ("application", "SELECT app, name, first_seen, first_nanos, last_seen, last_nanos FROM application ORDER BY app"),
        ("incarnation", $"SELECT {Origin} FROM incarnation i JOIN application a ON a.id = i.application ORDER BY 1, 2"),
        ("point", $"""
            SELECT p.bundle, {Origin}, p.digest, p.name, p.host, p.created, p.created_nanos, p.lineage, p.generation, p.fork_lineage, p.fork_bundle, p.fork_reason, p.parent, p.parent_digest,
                p.product, p.product_version, p.profile, p.consistency, p.encrypted, p.depth
            FROM point p JOIN incarnation i ON i.id = p.incarnation JOIN application a ON a.id = p.application ORDER BY 1
            """),
        ("stream", "SELECT a.app, s.stream FROM stream s JOIN application a ON a.id = s.application ORDER BY 1, 2"),
        ("point_stream", """
            SELECT p.bundle, x.number, s.stream, x.kind, x.name, x.length, x.entries, x.gaps, x.data_bytes, x.stored_bytes, x.provider, x.handle, x.storage_class, x.claim, x.file_system, x.snapshot
            FROM point_stream x JOIN point p ON p.id = x.point JOIN stream s ON s.id = x.stream ORDER BY 1, 2
            """),
        ("copy", """
            SELECT p.bundle, s.name, c.name, c.bundle, c.length, c.state, c.problem, c.public_tags, c.seen, c.gone
            FROM copy c JOIN store s ON s.id = c.store JOIN point p ON p.id = c.point ORDER BY 1
            """),
        ("fact", "SELECT digest, kind, name, type, value, source, reference, sensitivity, folded FROM fact ORDER BY digest"),
        ("point_fact", """
            SELECT f.digest, p.bundle, a.app, x.created, x.observed
            FROM point_fact x JOIN fact f ON f.id = x.fact JOIN application a ON a.id = x.application JOIN point p ON p.id = x.point ORDER BY 1, 2
            """),
        ("file", "SELECT s.stream, f.digest, f.path FROM file f JOIN stream s ON s.id = f.stream ORDER BY 1, 2"),
        ("file_version", """
            SELECT s.stream, f.digest, v.size, v.modified, v.modified_nanos, v.type, v.first_seen, v.last_seen
            FROM file_version v JOIN file f ON f.id = v.file JOIN stream s ON s.id = f.stream ORDER BY 1, 2, 3, 4, 5
            """),
    ];

    /// <summary>Fills two catalogs of the same applications, one through the writer and one mostly past it, and fails if they differ.</summary>
    /// <returns>How many rows are the same.</returns>
    public static async Task<long> RunAsync(string directory, string? server, int applications)
    {
        string[] locations = [await NewAsync(directory, server, "slowly"), await NewAsync(directory, server, "quickly")];
        foreach ((string location, int oneByOne) in locations.Zip([applications, 1]))
        {
            await using BundleCatalog catalog = await BundleCatalog.OpenAsync(location);
            for (int i = 0; i < oneByOne; i++)
            {
                await CatalogFill.AddAsync(catalog, i);
            }
        }

        await BulkFill.RunAsync(locations[1], applications);
        long rows = 0;
        foreach ((string table, string text) in s_tables)
        {
            rows += Same(table, await ReadAsync(locations[0], text), await ReadAsync(locations[1], text));
        }

        rows += Same("file_block", await ReadBlocksAsync(locations[0]), await ReadBlocksAsync(locations[1]));
        foreach ((string what, CatalogSearch search) in CatalogScale.Searches)
        {
            Same(what, await FindAsync(locations[0], search), await FindAsync(locations[1], search));
        }

        // It is a catalog like any other afterwards: the next application goes in, and is found.
        foreach (string location in locations)
        {
            await using BundleCatalog catalog = await BundleCatalog.OpenAsync(location);
            await CatalogFill.AddAsync(catalog, applications);
        }

        var last = new CatalogSearch(string.Create(CultureInfo.InvariantCulture, $"{applications:D6}-0123.dat"));
        string[] found = await FindAsync(locations[1], last);
        Same(last.Text, await FindAsync(locations[0], last), found);
        return found.Length == 1 ? rows : throw new InvalidOperationException($"The next application is found {found.Length} times.");
    }

    /// <summary>Makes a place for a catalog of its own beside another.</summary>
    public static async Task<string> NewAsync(string directory, string? server, string name)
    {
        if (server is null)
        {
            return Path.Combine(directory, name + ".db");
        }

        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using NpgsqlCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant of this program.
        command.CommandText = $"CREATE DATABASE {name}";
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString();
    }

    private static long Same(string what, string[] one, string[] other)
    {
        string[] differing = [.. one.Zip(other).Where(pair => pair.First != pair.Second).Take(1).Select(pair => $"{pair.First}\n{pair.Second}")];
        return one.Length == other.Length && differing.Length == 0
            ? one.Length
            : throw new InvalidOperationException($"{what}: {one.Length} and {other.Length} rows that are not the same\n{string.Join('\n', differing)}");
    }

    private static async Task<string[]> ReadAsync(string location, string text)
    {
        using BulkTarget target = BulkTarget.Open(location);
        var rows = new List<string>();
        await foreach (DbDataReader row in target.QueryAsync(text))
        {
            rows.Add(string.Join('|', Enumerable.Range(0, row.FieldCount).Select(i => row.IsDBNull(i) ? "-" : row.GetValue(i) is byte[] bytes ? Convert.ToHexString(bytes) : Convert.ToString(row.GetValue(i), CultureInfo.InvariantCulture))));
        }

        return [.. rows];
    }

    private static async Task<string[]> ReadBlocksAsync(string location)
    {
        using BulkTarget target = BulkTarget.Open(location);
        var paths = new Dictionary<string, string>();
        await foreach (DbDataReader row in target.QueryAsync("SELECT id, path FROM file"))
        {
            paths.Add(row.GetInt64(0).ToString(CultureInfo.InvariantCulture), row.GetString(1));
        }

        var blocks = new List<string>();
        await foreach (DbDataReader row in target.QueryAsync("SELECT s.stream, b.files, b.folded FROM file_block b JOIN stream s ON s.id = b.stream"))
        {
            blocks.Add($"{Convert.ToHexString((byte[])row.GetValue(0))}|{string.Join('|', row.GetString(1).Split(' ').Select(file => paths[file]))}|{row.GetString(2)}");
        }

        return [.. blocks.Order(StringComparer.Ordinal)];
    }

    private static async Task<string[]> FindAsync(string location, CatalogSearch search)
    {
        await using BundleCatalog catalog = await BundleCatalog.OpenAsync(location);
        CatalogSearchResult result = await catalog.SearchAsync(search);

        // Which of too many are returned is nobody's promise.
        return result.IsCut ? ["cut"] : [.. result.Hits.Select(hit => hit.ToString())];
    }
}
