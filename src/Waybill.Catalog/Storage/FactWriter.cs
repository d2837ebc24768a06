namespace Waybill.Catalog.Storage;

/// <summary>Writes what points are found by. Facts are shared; a point that has one is a row of a few numbers.</summary>
internal static class FactWriter
{
    public static async Task WriteAsync(
        CatalogSession session, long point, long application, Timestamp created, IReadOnlyList<FactRow> facts, CancellationToken cancellationToken)
    {
        // In the order of their digests, so that two who add the same facts wait for each other instead of blocking each other.
        var rows = new SortedDictionary<string, (byte[] Digest, FactRow Fact)>(StringComparer.Ordinal);
        foreach (FactRow fact in facts)
        {
            byte[] digest = fact.Digest();
            rows.TryAdd(Convert.ToHexString(digest), (digest, fact));
        }

        Dictionary<string, long> ids = await FindAsync(session, rows.Values.Select(row => row.Digest), cancellationToken).ConfigureAwait(false);
        (byte[] Digest, FactRow Fact)[] missing = [.. rows.Where(row => !ids.ContainsKey(row.Key)).Select(row => row.Value)];
        if (missing.Length > 0)
        {
            await session.InsertAsync(
                "INSERT INTO fact (digest, kind, name, type, value, source, reference, sensitivity, folded)",
                "ON CONFLICT DO NOTHING RETURNING digest, id",
                [
                    .. missing.Select(row => (object?[])
                    [
                        row.Digest, (long)row.Fact.Kind, row.Fact.Name, (long)row.Fact.Type, row.Fact.Value, (long)row.Fact.Source, row.Fact.Reference, (long)row.Fact.Sensitivity, row.Fact.Folded,
                    ]),
                ],
                reader => ids[Convert.ToHexString((byte[])reader.GetValue(0))] = reader.GetInt64(1),
                cancellationToken).ConfigureAwait(false);
            if (ids.Count < rows.Count)
            {
                // Somebody else was quicker with some of them.
                foreach ((string digest, long id) in await FindAsync(session, missing.Select(row => row.Digest), cancellationToken).ConfigureAwait(false))
                {
                    ids[digest] = id;
                }
            }
        }

        await session.InsertAsync(
            "INSERT INTO point_fact (fact, application, created, point, observed)",
            "ON CONFLICT DO NOTHING",
            [
                .. rows.Select(row => (object?[])
                [
                    ids[row.Key], application, created.Seconds, point, row.Value.Fact.Observed?.Seconds,
                ]),
            ],
            read: null,
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<Dictionary<string, long>> FindAsync(CatalogSession session, IEnumerable<byte[]> digests, CancellationToken cancellationToken)
    {
        List<(string Digest, long Id)> found = await session.QueryManyAsync(
            "SELECT digest, id FROM fact WHERE digest", "", [.. digests], reader => (Convert.ToHexString((byte[])reader.GetValue(0)), reader.GetInt64(1)), cancellationToken).ConfigureAwait(false);
        return found.ToDictionary(row => row.Digest, row => row.Id, StringComparer.Ordinal);
    }
}
