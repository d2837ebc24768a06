using System.Data;
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Waybill.Catalog.Storage;

/// <summary>A catalog in a file. Several processes may use it at the same time; one writes, the others wait for it.</summary>
internal sealed class SqliteDatabase : CatalogDatabase
{
    // Each parameter is looked up by its name among all of its statement: many rows at once cost more than they save.
    private const int MaxRows = 16;
    private const int BusyTimeoutMilliseconds = 60_000;
    private const int Corrupt = 11;
    private const int NotADatabase = 26;

    // Reading all of a small file takes no time that a person notices. In a large one, damage shows when its place is read.
    private const long CheckedLength = 16 * 1024 * 1024;

    private static readonly string[] s_ownSteps =
    [
        """
        CREATE VIRTUAL TABLE fact_text USING fts5 (folded, content='fact', content_rowid='id', tokenize='trigram', detail=none);
        CREATE VIRTUAL TABLE name_text USING fts5 (folded, content='fact', content_rowid='id', tokenize='trigram', detail=none);
        CREATE TRIGGER fact_added AFTER INSERT ON fact WHEN new.kind <> 1 BEGIN INSERT INTO fact_text (rowid, folded) VALUES (new.id, new.folded); END;
        CREATE TRIGGER name_added AFTER INSERT ON fact WHEN new.kind = 1 BEGIN INSERT INTO name_text (rowid, folded) VALUES (new.id, new.folded); END;
        CREATE TRIGGER fact_removed AFTER DELETE ON fact WHEN old.kind <> 1 BEGIN INSERT INTO fact_text (fact_text, rowid, folded) VALUES ('delete', old.id, old.folded); END;
        CREATE TRIGGER name_removed AFTER DELETE ON fact WHEN old.kind = 1 BEGIN INSERT INTO name_text (name_text, rowid, folded) VALUES ('delete', old.id, old.folded); END;
        """,
        """
        CREATE VIRTUAL TABLE file_text USING fts5 (folded, content='file', content_rowid='id', tokenize='trigram', detail=none);
        CREATE TRIGGER file_added AFTER INSERT ON file BEGIN INSERT INTO file_text (rowid, folded) VALUES (new.id, new.folded); END;
        CREATE TRIGGER file_removed AFTER DELETE ON file BEGIN INSERT INTO file_text (file_text, rowid, folded) VALUES ('delete', old.id, old.folded); END;
        """,
        """
        DROP TRIGGER file_added;
        DROP TRIGGER file_removed;
        DROP TABLE file_text;
        ALTER TABLE file DROP COLUMN folded;
        CREATE VIRTUAL TABLE file_block_text USING fts5 (folded, content='file_block', content_rowid='id', tokenize='trigram', detail=none);
        INSERT INTO file_block_text (file_block_text) VALUES ('rebuild');
        CREATE TRIGGER file_block_added AFTER INSERT ON file_block BEGIN INSERT INTO file_block_text (rowid, folded) VALUES (new.id, new.folded); END;
        CREATE TRIGGER file_block_removed AFTER DELETE ON file_block BEGIN INSERT INTO file_block_text (file_block_text, rowid, folded) VALUES ('delete', old.id, old.folded); END;
        """,
    ];

    private readonly string _connectionString;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private CatalogSession? _writer;
    private SqliteConnection? _writing;

    public SqliteDatabase(string path)
    {
        Name = path;
        _connectionString = new SqliteConnectionStringBuilder { DataSource = path, DefaultTimeout = BusyTimeoutMilliseconds / 1000, Pooling = true }.ToString();
    }

    public override string Name { get; }

    // The index narrows down; an underscore or a percent sign in the fragment is a wildcard for it, so the text itself is looked at too. A fragment that is too
    // short for the index is looked for in the whole table, names and others.
    public override string MatchingFiles(string fragment) => "SELECT t.files, t.folded FROM file_block_text x JOIN file_block t ON t.id = x.rowid WHERE x.folded LIKE @pattern AND instr(t.folded, @text) > 0";

    public override string PatternOf(string fragment) => $"%{fragment}%";

    public override string MatchingFacts(bool isName, string fragment, string more) =>
        $"SELECT t.id FROM {(isName ? "name_text" : "fact_text")} x JOIN fact t ON t.id = x.rowid WHERE x.folded LIKE @pattern AND t.kind {(isName ? "=" : "<>")} 1 AND instr(t.folded, @text) > 0 {more}";

    /// <summary>Reads all of a small file, so that damage is found before anything is built on it.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.CatalogDamaged"/>.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (new FileInfo(Name) is { Exists: true, Length: > 0 and <= CheckedLength })
        {
            List<string> problems = await ReadAsync(
                session => session.QueryAsync("PRAGMA quick_check(1)", reader => reader.GetString(0), cancellationToken), cancellationToken).ConfigureAwait(false);
            if (problems is not ["ok"])
            {
                throw Damaged(string.Join("; ", problems), null);
            }
        }
    }

    public override async Task<T> ReadAsync<T>(Func<CatalogSession, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            var connection = new SqliteConnection(_connectionString);
            var session = new CatalogSession(connection, MaxRows, keepsCommands: true);
            await using (session.ConfigureAwait(false))
            {
                Open(connection);
                await session.BeginAsync(connection.BeginTransaction(deferred: true)).ConfigureAwait(false);
                return await read(session).ConfigureAwait(false);
            }
        }
        catch (DbException e)
        {
            throw Explain(e);
        }
        catch (Exception e) when (e is FormatException or InvalidCastException or OverflowException or ArgumentException)
        {
            // A page that was exchanged for another one is a database all the same, only not this one.
            throw Damaged(e.Message, e);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (_writer is not null)
        {
            await _writer.DisposeAsync().ConfigureAwait(false);
        }

        _turn.Dispose();
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
    }

    protected override async Task<T> WriteOnceAsync<T>(Func<CatalogSession, Task<T>> change, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_writer is null || _writing is null)
            {
                _writing = new SqliteConnection(_connectionString);
                _writer = new CatalogSession(_writing, MaxRows, keepsCommands: true);
                Open(_writing);
            }

            await _writer.BeginAsync(_writing.BeginTransaction(deferred: false)).ConfigureAwait(false);
            T result = await change(_writer).ConfigureAwait(false);
            await _writer.CommitAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
        catch
        {
            // What is prepared on the connection may be what is broken; the next change begins with a new one.
            if (_writer is not null)
            {
                await _writer.DisposeAsync().ConfigureAwait(false);
            }

            (_writer, _writing) = (null, null);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    protected override bool MetAnother(DbException error) => false;

    protected override Task LockSchemaAsync(CatalogSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    protected override async Task<int> GetVersionAsync(CatalogSession session, CancellationToken cancellationToken) =>
        (int)await session.NumberAsync("PRAGMA user_version", cancellationToken).ConfigureAwait(false);

    protected override Task SetVersionAsync(CatalogSession session, int version, CancellationToken cancellationToken) =>
        session.RunAsync(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version}"), cancellationToken);

    protected override string Localize(string step) => step
        .Replace("{key}", "INTEGER PRIMARY KEY", StringComparison.Ordinal)
        .Replace("{int}", "INTEGER", StringComparison.Ordinal)
        .Replace("{blob}", "BLOB", StringComparison.Ordinal)
        .Replace("{join}", "group_concat", StringComparison.Ordinal)
        .Replace("{newline}", "char(10)", StringComparison.Ordinal)
        .Replace("{clustered}", " WITHOUT ROWID", StringComparison.Ordinal);

    protected override string StepOfItsOwn(int version) => version < s_ownSteps.Length ? s_ownSteps[version] : "";

    protected override WaybillException Explain(DbException error)
    {
        const int Error = 1;
        const int Busy = 5;
        const int Locked = 6;
        const int Full = 13;
        int code = (error as SqliteException)?.SqliteErrorCode ?? Error;
        return code switch
        {
            Corrupt or NotADatabase => Damaged(error.Message, error),
            Full => new WaybillException(WaybillErrorCode.NoSpace, "There is no space left for the catalog", error) { ObjectName = Name, Hint = "What was added so far is kept; make room and run the same command again." },
            _ => new WaybillException(WaybillErrorCode.CatalogUnavailable, $"The catalog cannot be used: {error.Message}", error) { ObjectName = Name, IsTransient = code is Busy or Locked },
        };
    }

    // The catalog is made of bundles and can be made again: it need not survive a power cut to the last change, only stay whole, which the log sees to.
    private static void Open(SqliteConnection connection)
    {
        if (connection.State != ConnectionState.Open)
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA foreign_keys = ON;";
            command.ExecuteNonQuery();
        }
    }

    private WaybillException Damaged(string problem, Exception? error) =>
        new(WaybillErrorCode.CatalogDamaged, $"The file of the catalog is damaged: {problem}", error)
        {
            ObjectName = Name,
            Hint = "Scan the stores again with --rebuild: the file is moved aside and a new one made from the bundles.",
        };
}
