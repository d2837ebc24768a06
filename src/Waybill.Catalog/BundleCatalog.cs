using System.Globalization;
using Npgsql;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog;

/// <summary>
/// A catalog: where the data of applications existed, and exists now, over their lifetime. It is an index over bundles and holds nothing that did not come
/// from them, but for the memory of those that are gone. Safe for concurrent callers, and several programs may use one at the same time.
/// </summary>
/// <remarks>
/// A catalog in a file works on the calling thread. Names in what is returned were written by others: escape them before they are shown
/// (<see cref="CatalogPages"/> does).
/// </remarks>
public sealed partial class BundleCatalog : IAsyncDisposable
{
    private const string AsideSuffix = ".aside-";

    private readonly CatalogDatabase _database;
    private readonly TimeProvider _time;

    private BundleCatalog(CatalogDatabase database, TimeProvider time)
    {
        _database = database;
        _time = time;
    }

    /// <summary>Gets the name for messages: the file, or server and database. Never a password.</summary>
    public string Name => _database.Name;

    /// <summary>Gets where the file went that was there before; <see langword="null"/> if none was moved.</summary>
    public string? MovedAside { get; private init; }

    internal CatalogDatabase Database => _database;

    private Timestamp Now => Timestamp.From(_time.GetUtcNow());

    /// <summary>Tells whether a location is a PostgreSQL database and not a file.</summary>
    /// <param name="location">The location, as <see cref="OpenAsync"/> takes it.</param>
    /// <returns>Whether it is one.</returns>
    /// <exception cref="ArgumentException">It is meant to be one and cannot be.</exception>
    public static bool IsDatabase(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        return PostgresLocation.TryParse(location, out _);
    }

    /// <summary>Opens a catalog, and brings one of an earlier version up to date.</summary>
    /// <param name="location">
    /// The file, or a PostgreSQL database: <c>postgresql://USER@HOST/DATABASE</c>, or a connection string of Npgsql (<c>Host=…;Database=…</c>).
    /// </param>
    /// <param name="options">How it is opened; the defaults if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The catalog; the caller disposes it.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.CatalogUnavailable"/>, <see cref="WaybillErrorCode.CatalogDamaged"/>, <see cref="WaybillErrorCode.CatalogTooNew"/>, <see cref="WaybillErrorCode.NoSpace"/>.
    /// </exception>
    /// <exception cref="ArgumentException">The location cannot be one.</exception>
    public static async Task<BundleCatalog> OpenAsync(string location, CatalogOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(location);
        options ??= new CatalogOptions();
        if (PostgresLocation.TryParse(location, out NpgsqlConnectionStringBuilder? settings))
        {
            var database = new PostgresDatabase(settings);
            return await PrepareAsync(database, database.MigrateAsync(to: null, cancellationToken), options, movedAside: null).ConfigureAwait(false);
        }

        string path = Path.GetFullPath(location);
        string? aside = options.BeginAnew ? MoveAside(path, options.TimeProvider) : null;
        if (!options.Create && !File.Exists(path))
        {
            throw new WaybillException(WaybillErrorCode.CatalogUnavailable, "There is no such catalog") { ObjectName = path, Hint = "'waybill catalog scan DIR' makes one of the bundles in a directory." };
        }

        MakeDirectory(path);
        try
        {
            return await OpenFileAsync(path, options, aside, cancellationToken).ConfigureAwait(false);
        }
        catch (WaybillException e) when (e.Code == WaybillErrorCode.CatalogDamaged && options.ReplaceDamaged)
        {
            aside = MoveAside(path, options.TimeProvider);
            return await OpenFileAsync(path, options, aside, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static async Task<BundleCatalog> OpenFileAsync(string path, CatalogOptions options, string? aside, CancellationToken cancellationToken)
    {
        var database = new SqliteDatabase(path);
        return await PrepareAsync(database, Prepare(), options, aside).ConfigureAwait(false);

        async Task Prepare()
        {
            await database.CheckAsync(cancellationToken).ConfigureAwait(false);
            await database.MigrateAsync(to: null, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<BundleCatalog> PrepareAsync(CatalogDatabase database, Task preparation, CatalogOptions options, string? movedAside)
    {
        try
        {
            await preparation.ConfigureAwait(false);
            return new BundleCatalog(database, options.TimeProvider) { MovedAside = movedAside };
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void MakeDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WaybillException(WaybillErrorCode.CatalogUnavailable, $"The catalog's directory cannot be made: {e.Message}", e) { ObjectName = path };
        }
    }

    /// <summary>Gives a file, and the log that belongs to it, a name that says when it was put away.</summary>
    private static string? MoveAside(string path, TimeProvider time)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        string stamp = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        string aside = $"{path}{AsideSuffix}{stamp}";
        for (int i = 2; File.Exists(aside); i++)
        {
            aside = string.Create(CultureInfo.InvariantCulture, $"{path}{AsideSuffix}{stamp}-{i}");
        }

        try
        {
            File.Move(path, aside);
            foreach (string part in (string[])["-wal", "-shm"])
            {
                if (File.Exists(path + part))
                {
                    File.Move(path + part, aside + part);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WaybillException(WaybillErrorCode.CatalogUnavailable, $"The file cannot be moved aside: {e.Message}", e) { ObjectName = path };
        }

        return aside;
    }
}
