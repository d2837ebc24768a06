using Waybill.Catalog.Storage;

namespace Waybill.Catalog;

/// <content>What is gone, and what is forgotten.</content>
public sealed partial class BundleCatalog
{
    /// <summary>
    /// Forgets points whose bundles have been gone from everywhere for some time, and everything that only they said. Until then the catalog keeps what it
    /// knows of them: that a bundle is gone is no reason to forget that an application existed.
    /// </summary>
    /// <param name="goneBefore">The time before which the last copy must have been found gone.</param>
    /// <param name="dryRun">Whether nothing is forgotten, only counted.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>How many points are forgotten.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public Task<long> PruneAsync(DateTimeOffset goneBefore, bool dryRun = false, CancellationToken cancellationToken = default)
    {
        const string Forgotten =
            """
            SELECT p.id FROM point p WHERE NOT EXISTS (SELECT 1 FROM copy c WHERE c.point = p.id AND (c.gone IS NULL OR c.gone >= @before))
            """;
        (string, object?)[] before = [("@before", Timestamp.From(goneBefore).Seconds)];
        return dryRun
            ? _database.ReadAsync(session => session.NumberAsync($"SELECT count(*) FROM ({Forgotten}) AS x", cancellationToken, before), cancellationToken)
            : _database.WriteAsync(
                async session =>
                {
                    await session.RunAsync("CREATE TEMPORARY TABLE IF NOT EXISTS forgotten (id BIGINT PRIMARY KEY)", cancellationToken).ConfigureAwait(false);
                    await session.RunAsync("DELETE FROM forgotten", cancellationToken).ConfigureAwait(false);
                    long points = await session.RunAsync($"INSERT INTO forgotten {Forgotten}", cancellationToken, before).ConfigureAwait(false);
                    foreach (string statement in (string[])
                    [
                        "DELETE FROM point_fact WHERE point IN (SELECT id FROM forgotten)",
                        "DELETE FROM point_stream WHERE point IN (SELECT id FROM forgotten)",
                        "DELETE FROM copy WHERE point IN (SELECT id FROM forgotten)",
                        "DELETE FROM point WHERE id IN (SELECT id FROM forgotten)",
                        "DELETE FROM file_version WHERE file IN (SELECT f.id FROM file f WHERE NOT EXISTS (SELECT 1 FROM point_stream x WHERE x.stream = f.stream))",
                        "DELETE FROM file_block WHERE NOT EXISTS (SELECT 1 FROM point_stream x WHERE x.stream = file_block.stream)",
                        "DELETE FROM file WHERE NOT EXISTS (SELECT 1 FROM point_stream x WHERE x.stream = file.stream)",
                        "DELETE FROM stream WHERE NOT EXISTS (SELECT 1 FROM point_stream x WHERE x.stream = stream.id)",
                        "DELETE FROM incarnation WHERE NOT EXISTS (SELECT 1 FROM point p WHERE p.incarnation = incarnation.id)",
                        "DELETE FROM application WHERE NOT EXISTS (SELECT 1 FROM point p WHERE p.application = application.id)",
                        "DELETE FROM fact WHERE NOT EXISTS (SELECT 1 FROM point_fact x WHERE x.fact = fact.id)",
                        "DELETE FROM store WHERE NOT EXISTS (SELECT 1 FROM copy c WHERE c.store = store.id)",
                    ])
                    {
                        await session.RunAsync(statement, cancellationToken).ConfigureAwait(false);
                    }

                    List<long> applications = await session.QueryAsync("SELECT id FROM application", reader => reader.GetInt64(0), cancellationToken).ConfigureAwait(false);
                    foreach (long application in points > 0 ? applications : [])
                    {
                        await CatalogWriter.RefreshApplicationAsync(session, application, cancellationToken).ConfigureAwait(false);
                    }

                    return points;
                },
                cancellationToken);
    }

    /// <summary>Finds what an earlier scan saw in some stores and the present one did not.</summary>
    internal Task<List<(string Store, string Name)>> FindUnseenAsync(Func<string, bool> isScanned, long scan, CancellationToken cancellationToken) => _database.ReadAsync(
        async session =>
        {
            var unseen = new List<(string, string)>();
            List<(long Id, string Name)> stores = await session.QueryAsync("SELECT id, name FROM store", reader => (reader.GetInt64(0), reader.GetString(1)), cancellationToken).ConfigureAwait(false);
            foreach ((long id, string name) in stores.Where(store => isScanned(store.Name)))
            {
                unseen.AddRange(await session.QueryAsync(
                    "SELECT name FROM copy WHERE store = @store AND gone IS NULL AND seen < @scan", reader => (name, reader.GetString(0)), cancellationToken, ("@store", id), ("@scan", scan)).ConfigureAwait(false));
            }

            return unseen;
        },
        cancellationToken);

    internal Task<int> MarkGoneAsync(IReadOnlyList<(string Store, string Name)> copies, CancellationToken cancellationToken) => copies.Count == 0 ? Task.FromResult(0) : _database.WriteAsync(
        async session =>
        {
            long now = Now.Seconds;
            foreach ((string store, string name) in copies)
            {
                await session.RunAsync(
                    "UPDATE copy SET gone = @now WHERE store = (SELECT id FROM store WHERE digest = @store) AND name = @name AND gone IS NULL", cancellationToken, ("@now", now), ("@store", CatalogText.DigestOf(store)), ("@name", name)).ConfigureAwait(false);
            }

            return copies.Count;
        },
        cancellationToken);
}
