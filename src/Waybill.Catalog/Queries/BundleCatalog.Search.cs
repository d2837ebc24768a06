using System.Data.Common;
using System.Globalization;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog;

/// <content>Finding by any fragment.</content>
public sealed partial class BundleCatalog
{
    /// <summary>Finds applications by a fragment of anything known of them, also of those that are long gone.</summary>
    /// <param name="search">What is searched for.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was found.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public Task<CatalogSearchResult> SearchAsync(CatalogSearch search, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(search);
        ArgumentException.ThrowIfNullOrEmpty(search.Text);
        ArgumentOutOfRangeException.ThrowIfLessThan(search.Limit, 1);
        return _database.ReadAsync(session => SearchAsync(session, search, cancellationToken), cancellationToken);
    }

    private async Task<CatalogSearchResult> SearchAsync(CatalogSession session, CatalogSearch search, CancellationToken cancellationToken)
    {
        int limit = search.Limit + 1;
        string folded = CatalogText.Fold(search.Text);
        await _database.PrepareSearchAsync(session, cancellationToken).ConfigureAwait(false);
        List<(long Application, CatalogFact Fact)> found = Wants(search, FactKind.Uid) ? await FindIdsAsync(session, search.Text, cancellationToken).ConfigureAwait(false) : [];
        if (Wants(search, FactKind.Name))
        {
            await AddFactsAsync(session, _database.MatchingFacts(isName: true, folded, ""), search, limit, found, cancellationToken).ConfigureAwait(false);
        }

        FactKind[] others = [.. search.Kinds.Where(kind => kind is not FactKind.Name and not FactKind.File)];
        if (search.Kinds.IsEmpty || others.Length > 0)
        {
            string kinds = others.Length == 0 ? "" : $" AND t.kind IN ({string.Join(", ", others.Select(kind => ((int)kind).ToString(CultureInfo.InvariantCulture)))})";
            await AddFactsAsync(session, _database.MatchingFacts(isName: false, folded, kinds), search, limit, found, cancellationToken).ConfigureAwait(false);
        }

        if (Wants(search, FactKind.File) && found.Count < limit)
        {
            await AddFilesAsync(session, search, limit, found, cancellationToken).ConfigureAwait(false);
        }

        Dictionary<long, CatalogApplication> applications = await ApplicationsAsync(session, found.Select(hit => hit.Application), cancellationToken).ConfigureAwait(false);
        IEnumerable<CatalogHit> hits = found
            .Take(search.Limit)
            .Select(hit => new CatalogHit(applications[hit.Application], hit.Fact))
            .OrderBy(hit => hit.Fact.Kind switch { FactKind.Name => 0, FactKind.File => 2, _ => 1 })
            .ThenBy(hit => hit.Application.Name, StringComparer.Ordinal)
            .ThenBy(hit => hit.Application.Id.ToString(), StringComparer.Ordinal)
            .ThenBy(hit => hit.Fact.Kind)
            .ThenBy(hit => hit.Fact.Key, StringComparer.Ordinal)
            .ThenBy(hit => hit.Fact.Value, StringComparer.Ordinal);
        return new CatalogSearchResult([.. hits], found.Count > search.Limit)
        {
            // Whether there is one is enough to know, and counting a million takes its time.
            PointsWithoutFiles = await session.NumberAsync(
                "SELECT count(*) FROM (SELECT 1 FROM point WHERE depth < 2 LIMIT 1000) AS x", cancellationToken).ConfigureAwait(false),
        };
    }

    private static bool Wants(CatalogSearch search, FactKind kind) => search.Kinds.IsEmpty || search.Kinds.Contains(kind);

    private async Task AddFactsAsync(
        CatalogSession session, string matching, CatalogSearch search, int limit, List<(long, CatalogFact)> found, CancellationToken cancellationToken)
    {
        string folded = CatalogText.Fold(search.Text);
        List<long> ids = await session.QueryAsync(
            $"{matching} LIMIT @limit", reader => reader.GetInt64(0), cancellationToken, ("@pattern", _database.FactPatternOf(folded)), ("@text", folded), ("@limit", (long)limit)).ConfigureAwait(false);
        Dictionary<long, FactRow> facts = (await session.QueryManyAsync(
            "SELECT id, kind, name, value FROM fact WHERE id",
            "",
            [.. ids.Cast<object>()],
            reader => (Id: reader.GetInt64(0), Row: new FactRow((FactKind)reader.GetInt64(1), reader.GetString(2), reader.GetString(3))),
            cancellationToken).ConfigureAwait(false)).ToDictionary(fact => fact.Id, fact => fact.Row);
        foreach (long id in ids)
        {
            if (found.Count >= limit)
            {
                return;
            }

            FactRow fact = facts[id];
            found.AddRange(await session.QueryAsync(
                "SELECT application, min(created), max(created), count(*) FROM point_fact WHERE fact = @fact GROUP BY application"
                + " HAVING min(created) <= @to AND max(created) >= @from ORDER BY application LIMIT @limit",
                reader => (reader.GetInt64(0), new CatalogFact(fact.Kind, fact.Name, fact.Value, Second(reader, 1), Second(reader, 2), (int)reader.GetInt64(3))),
                cancellationToken,
                ("@fact", id),
                ("@from", search.From?.Seconds ?? long.MinValue),
                ("@to", search.To?.Seconds ?? long.MaxValue),
                ("@limit", (long)(limit - found.Count))).ConfigureAwait(false));
        }
    }

    private async Task AddFilesAsync(CatalogSession session, CatalogSearch search, int limit, List<(long, CatalogFact)> found, CancellationToken cancellationToken)
    {
        string folded = FileWriter.FoldFragment(search.Text);
        List<(string Files, string Folded)> blocks = await session.QueryAsync(
            $"{_database.MatchingFiles(folded)} LIMIT @limit", reader => (reader.GetString(0), reader.GetString(1)), cancellationToken,
            ("@pattern", _database.PatternOf(folded)), ("@text", folded), ("@limit", (long)(limit - found.Count))).ConfigureAwait(false);
        IEnumerable<long> ids = blocks.SelectMany(block => FileBlock.Find(block.Files, block.Folded, folded)).Take(limit - found.Count);
        found.AddRange(await session.QueryManyAsync(
            """
            SELECT s.application, f.path, min(v.first_seen), max(v.last_seen)
            FROM file f JOIN stream s ON s.id = f.stream JOIN file_version v ON v.file = f.id
            WHERE f.id
            """,
            "GROUP BY s.application, f.id, f.path HAVING min(v.first_seen) <= @to AND max(v.last_seen) >= @from",
            [.. ids.Cast<object>()],
            reader => (reader.GetInt64(0), new CatalogFact(FactKind.File, "", reader.GetString(1), Second(reader, 2), Second(reader, 3), 0)),
            cancellationToken,
            ("@from", search.From?.Seconds ?? long.MinValue),
            ("@to", search.To?.Seconds ?? long.MaxValue)).ConfigureAwait(false));
    }

    private static async Task<List<(long Application, CatalogFact Fact)>> FindIdsAsync(CatalogSession session, string text, CancellationToken cancellationToken)
    {
        // Ids of applications and bundles have the same form.
        if (!BundleId.TryParse(text.Trim(), null, out BundleId id))
        {
            return [];
        }

        return
        [
            .. await session.QueryAsync(
                "SELECT id, first_seen, last_seen, (SELECT count(*) FROM point WHERE application = application.id) FROM application WHERE app = @id", Read("application"), cancellationToken, ("@id", id.ToByteArray())).ConfigureAwait(false),
            .. await session.QueryAsync(
                "SELECT application, min(created), max(created), count(*) FROM point WHERE bundle = @id GROUP BY application", Read("bundle"), cancellationToken, ("@id", id.ToByteArray())).ConfigureAwait(false),
        ];

        Func<DbDataReader, (long, CatalogFact)> Read(string what) =>
            reader => (reader.GetInt64(0), new CatalogFact(FactKind.Uid, what, id.ToString(), Second(reader, 1), Second(reader, 2), (int)reader.GetInt64(3)));
    }

    private static Timestamp Second(DbDataReader reader, int column) => new(reader.GetInt64(column), 0);
}
