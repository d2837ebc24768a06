using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Waybill.Benchmarks.Catalogs;

/// <summary>A file. Rows go past ADO.NET, as a parameter costs it more than a row costs the database; the full-text indexes are filled when all rows are there.</summary>
internal sealed class BulkSqlite : BulkTarget
{
    private static readonly (string Index, string Rows)[] s_texts = [("fact_text", "fact WHERE kind <> 1"), ("name_text", "fact WHERE kind = 1"), ("file_block_text", "file_block WHERE 1 = 1")];

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, sqlite3_stmt> _inserts = [];
    private readonly Dictionary<string, long> _before = [];
    private List<string> _triggers = [];

    public BulkSqlite(string location)
        : this(new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = location, Pooling = false }.ToString()))
    {
    }

    private BulkSqlite(SqliteConnection connection)
        : base(connection)
    {
        _connection = connection;
        connection.Open();
    }

    public override async Task BeginAsync()
    {
        // If this ends half-way, the file is of no use.
        await RunAsync("PRAGMA journal_mode = DELETE");
        await RunAsync("PRAGMA journal_mode = OFF");
        await RunAsync("PRAGMA synchronous = OFF");
        await RunAsync("PRAGMA foreign_keys = OFF");
        await RunAsync("PRAGMA cache_size = -3000000");
        _triggers = await TextsAsync("SELECT sql FROM sqlite_master WHERE type = 'trigger'");
        foreach (string name in await TextsAsync("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        {
            await RunAsync($"DROP TRIGGER {name}");
        }

        foreach (string table in (string[])["fact", "file_block"])
        {
            _before[table] = await NumberAsync($"SELECT coalesce(max(id), 0) FROM {table}");
        }

        await RunAsync("BEGIN");
    }

    public override void Add(string table, params object?[] values)
    {
        if (!_inserts.TryGetValue(table, out sqlite3_stmt? insert))
        {
            string marks = string.Join(", ", values.Select(_ => "?"));
            Check(raw.sqlite3_prepare_v2(_connection.Handle, $"INSERT INTO {table} VALUES ({marks})", out insert));
            _inserts.Add(table, insert);
        }

        for (int i = 0; i < values.Length; i++)
        {
            Check(values[i] switch
            {
                long number => raw.sqlite3_bind_int64(insert, i + 1, number),
                string text => raw.sqlite3_bind_text(insert, i + 1, text),
                byte[] bytes => raw.sqlite3_bind_blob(insert, i + 1, bytes),
                null => raw.sqlite3_bind_null(insert, i + 1),
                var other => throw new ArgumentException($"{table}: a value is a {other.GetType()}", nameof(values)),
            });
        }

        Check(raw.sqlite3_step(insert));
        Check(raw.sqlite3_reset(insert));
    }

    public override async Task EndAsync()
    {
        foreach (sqlite3_stmt insert in _inserts.Values)
        {
            insert.Dispose();
        }

        await RunAsync("COMMIT");
        foreach ((string index, string rows) in s_texts)
        {
            string table = rows.Split(' ')[0];
            await RunAsync($"INSERT INTO {index} ({index}, rank) VALUES ('hashsize', 268435456)");
            await RunAsync(string.Create(CultureInfo.InvariantCulture, $"INSERT INTO {index} (rowid, folded) SELECT id, folded FROM {rows} AND id > {_before[table]} ORDER BY id"));
            await RunAsync($"DELETE FROM {index}_config WHERE k = 'hashsize'");
        }

        foreach (string trigger in _triggers)
        {
            await RunAsync(trigger);
        }

        await RunAsync("PRAGMA journal_mode = WAL");
    }

    private void Check(int code)
    {
        if (code is not raw.SQLITE_OK and not raw.SQLITE_DONE)
        {
            throw new InvalidOperationException($"SQLite: {raw.sqlite3_errmsg(_connection.Handle).utf8_to_string()}");
        }
    }
}
