using System.Data.Common;
using System.Globalization;
using Npgsql;
using Waybill.Catalog;

namespace Waybill.Benchmarks.Catalogs;

/// <summary>The tables of a catalog, open for rows by the million.</summary>
internal abstract class BulkTarget(DbConnection connection) : IDisposable
{
    public static BulkTarget Open(string location) => BundleCatalog.IsDatabase(location) ? new BulkPostgres(location) : new BulkSqlite(location);

    public async IAsyncEnumerable<DbDataReader> QueryAsync(string text)
    {
        await using DbCommand command = connection.CreateCommand();
        command.CommandText = text;
        command.CommandTimeout = 0;
        await using DbDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            yield return reader;
        }
    }

    public async Task<long> NumberAsync(string text)
    {
        await foreach (DbDataReader row in QueryAsync(text))
        {
            return Convert.ToInt64(row.GetValue(0), CultureInfo.InvariantCulture);
        }

        return 0;
    }

    public async Task<List<string>> TextsAsync(string text)
    {
        var texts = new List<string>();
        await foreach (DbDataReader row in QueryAsync(text))
        {
            texts.Add(row.GetString(0));
        }

        return texts;
    }

    public async Task RunAsync(string text)
    {
        await foreach (DbDataReader _ in QueryAsync(text))
        {
        }
    }

    /// <summary>Takes away what would be brought up to date with each row.</summary>
    public abstract Task BeginAsync();

    /// <summary>Adds a row: all columns, in the order of the table.</summary>
    public abstract void Add(string table, params object?[] values);

    /// <summary>Makes again what was taken away.</summary>
    public abstract Task EndAsync();

    public virtual void Dispose() => connection.Dispose();
}
