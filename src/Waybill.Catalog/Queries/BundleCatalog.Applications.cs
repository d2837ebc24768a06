using System.Data.Common;
using Waybill.Catalog.Queries;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog;

/// <content>Applications and their lives.</content>
public sealed partial class BundleCatalog
{
    private const string ApplicationColumns = "SELECT id, app, name, first_seen, first_nanos, last_seen, last_nanos FROM application";

    /// <summary>Finds applications by identity, by present name, or by an earlier one.</summary>
    /// <param name="nameOrId">The name as it was written, or the id of the application or of one of its bundles.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Those that have it now; if none has, those that had it; the one seen last first.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public Task<IReadOnlyList<CatalogApplication>> FindApplicationsAsync(string nameOrId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrId);
        return _database.ReadAsync(
            async session =>
            {
                IReadOnlyList<CatalogApplication> found = [];
                if (AppId.TryParse(nameOrId, null, out AppId id))
                {
                    found = await ListAsync(
                        session, "WHERE app = @value OR id IN (SELECT application FROM point WHERE bundle = @value)", id.ToByteArray(), cancellationToken).ConfigureAwait(false);
                }

                if (found.Count > 0)
                {
                    return found;
                }

                string name = CatalogText.Clean(nameOrId);
                found = await ListAsync(
                    session,
                    "WHERE id IN (SELECT p.application FROM fact f JOIN point_fact p ON p.fact = f.id WHERE f.digest = @value)",
                    new FactRow(FactKind.Name, "", name).Digest(),
                    cancellationToken).ConfigureAwait(false);
                CatalogApplication[] present = [.. found.Where(application => application.Name == name)];
                return present.Length > 0 ? present : found;
            },
            cancellationToken);
    }

    /// <summary>Lists all applications.</summary>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The applications, the one seen last first.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public Task<IReadOnlyList<CatalogApplication>> ListApplicationsAsync(int limit = 1_000, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return _database.ReadAsync(
            async session => (IReadOnlyList<CatalogApplication>)
            [
                .. (await session.QueryAsync(
                    $"{ApplicationColumns} ORDER BY last_seen DESC, last_nanos DESC, app LIMIT @limit", ReadApplication, cancellationToken, ("@limit", (long)limit)).ConfigureAwait(false))
                    .Select(row => row.Application),
            ],
            cancellationToken);
    }

    /// <summary>Tells the whole life of an application.</summary>
    /// <param name="application">Its identity.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Its life; <see langword="null"/> if the catalog does not know it.</returns>
    /// <exception cref="WaybillException">What the catalog reports.</exception>
    public Task<CatalogLife?> GetLifeAsync(AppId application, CancellationToken cancellationToken = default) =>
        _database.ReadAsync(session => LifeReader.ReadAsync(session, application, Now, cancellationToken), cancellationToken);

    internal static (long Id, CatalogApplication Application) ReadApplication(DbDataReader reader) => (
        reader.GetInt64(0),
        new CatalogApplication(
            new AppId((byte[])reader.GetValue(1)), reader.GetString(2), new Timestamp(reader.GetInt64(3), (int)reader.GetInt64(4)), new Timestamp(reader.GetInt64(5), (int)reader.GetInt64(6))));

    internal static async Task<(long Id, CatalogApplication Application)?> FindApplicationAsync(CatalogSession session, AppId id, CancellationToken cancellationToken)
    {
        List<(long, CatalogApplication)> found = await session.QueryAsync(
            $"{ApplicationColumns} WHERE app = @value", ReadApplication, cancellationToken, ("@value", id.ToByteArray())).ConfigureAwait(false);
        return found.Count == 0 ? null : found[0];
    }

    private static async Task<IReadOnlyList<CatalogApplication>> ListAsync(CatalogSession session, string where, object value, CancellationToken cancellationToken) =>
    [
        .. (await session.QueryAsync($"{ApplicationColumns} {where} ORDER BY last_seen DESC, last_nanos DESC, app", ReadApplication, cancellationToken, ("@value", value)).ConfigureAwait(false))
            .Select(row => row.Application),
    ];

    private static async Task<Dictionary<long, CatalogApplication>> ApplicationsAsync(CatalogSession session, IEnumerable<long> ids, CancellationToken cancellationToken) =>
        (await session.QueryManyAsync($"{ApplicationColumns} WHERE id", "", [.. ids.Distinct().Cast<object>()], ReadApplication, cancellationToken).ConfigureAwait(false))
        .ToDictionary(row => row.Id, row => row.Application);
}
