using Microsoft.Data.Sqlite;

namespace Waybill.Local;

/// <summary>The one durable record of what is in a pool. Several processes may have it open; every change is one transaction that is on the disk when it returns.</summary>
internal sealed class PoolDatabase : IDisposable
{
    private const int BusyTimeoutMilliseconds = 60_000;

    // Each entry takes the schema from its index to the next version; entries are never changed, only added.
    private static readonly string[] s_migrations =
    [
        """
        CREATE TABLE volume (
            id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, kind INTEGER NOT NULL, length INTEGER NOT NULL, storage_class TEXT NOT NULL,
            request TEXT NOT NULL, created_seconds INTEGER NOT NULL, created_nanoseconds INTEGER NOT NULL, state INTEGER NOT NULL, owner TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX volume_name ON volume (name) WHERE state <> 2;
        CREATE INDEX volume_unfinished ON volume (owner) WHERE state <> 1;
        CREATE TABLE snapshot (
            id TEXT NOT NULL PRIMARY KEY, volume TEXT NOT NULL, name TEXT NOT NULL, group_name TEXT NOT NULL, kind INTEGER NOT NULL, length INTEGER NOT NULL,
            shares INTEGER NOT NULL, created_seconds INTEGER NOT NULL, created_nanoseconds INTEGER NOT NULL, state INTEGER NOT NULL, owner TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE UNIQUE INDEX snapshot_name ON snapshot (name) WHERE group_name = '' AND state <> 2;
        CREATE UNIQUE INDEX snapshot_group ON snapshot (group_name, volume) WHERE group_name <> '' AND state <> 2;
        CREATE INDEX snapshot_volume ON snapshot (volume, id);
        CREATE INDEX snapshot_unfinished ON snapshot (owner) WHERE state <> 1;
        """,
    ];

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly string _provider;

    private PoolDatabase(SqliteConnection connection, string provider)
    {
        _connection = connection;
        _provider = provider;
    }

    /// <summary>Opens the database, makes it if it is missing, and brings it to the present version.</summary>
    public static PoolDatabase Open(string path, string provider)
    {
        var text = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = BusyTimeoutMilliseconds / 1000 };
        var connection = new SqliteConnection(text.ToString());
        var database = new PoolDatabase(connection, provider);
        try
        {
            database.Guard(() =>
            {
                connection.Open();
                Execute(connection, $"PRAGMA busy_timeout = {BusyTimeoutMilliseconds}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
                return 0;
            });
            database.Migrate(path);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Reads, seeing the state of one moment.</summary>
    public T Read<T>(Func<SqliteConnection, T> read)
    {
        lock (_lock)
        {
            return Guard(() => read(_connection));
        }
    }

    /// <summary>Reads and changes while nobody else changes anything. The change is durable when this returns, and not made if it throws.</summary>
    public T Write<T>(Func<SqliteConnection, T> change)
    {
        lock (_lock)
        {
            return Guard(() =>
            {
                using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
                T result = change(_connection);
                transaction.Commit();
                return result;
            });
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _connection.Dispose();
        }
    }

    private static void Execute(SqliteConnection connection, string text)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Only constants of this file get here.
        command.CommandText = text;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private void Migrate(string path) => Write(connection =>
    {
        using SqliteCommand query = connection.CreateCommand();
        query.CommandText = "PRAGMA user_version";
        long version = (long)query.ExecuteScalar()!;
        if (version > s_migrations.Length)
        {
            throw new ProviderException(WaybillErrorCode.ProviderUnsupported, _provider, "The pool was made by a later version of Waybill")
            {
                ObjectName = path,
                Hint = "Use that version.",
            };
        }

        for (; version < s_migrations.Length; version++)
        {
            Execute(connection, s_migrations[version]);
            Execute(connection, $"PRAGMA user_version = {version + 1}");
        }

        return 0;
    });

    private T Guard<T>(Func<T> action)
    {
        const int Busy = 5;
        const int Locked = 6;
        const int Full = 13;
        try
        {
            return action();
        }
        catch (SqliteException e)
        {
            throw new ProviderException(
                e.SqliteErrorCode switch { Busy or Locked => WaybillErrorCode.ProviderBusy, Full => WaybillErrorCode.NoSpace, _ => WaybillErrorCode.ProviderFailed },
                _provider,
                $"The record of the pool cannot be used: {e.Message}",
                e)
            {
                IsTransient = e.SqliteErrorCode is Busy or Locked,
                VendorCode = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"sqlite {e.SqliteExtendedErrorCode}"),
            };
        }
    }
}
