using Npgsql;
using NpgsqlTypes;

namespace Waybill.Benchmarks.Catalogs;

/// <summary>A PostgreSQL database: a COPY for each table, each over a connection of its own, without the indexes that are in no order.</summary>
internal sealed class BulkPostgres : BulkTarget
{
    // Keys of other tables are not looked up.
    private const string Settings = "-c session_replication_role=replica -c synchronous_commit=off -c maintenance_work_mem=1GB";

    private readonly string _location;
    private readonly NpgsqlConnection _connection;
    private readonly Dictionary<string, (NpgsqlConnection Connection, NpgsqlBinaryImporter Importer)> _copies = [];
    private List<string> _indexes = [];
    private string _key = "";

    public BulkPostgres(string location)
        : this(location, new NpgsqlConnection(Of(location)))
    {
    }

    private BulkPostgres(string location, NpgsqlConnection connection)
        : base(connection)
    {
        _location = location;
        _connection = connection;
        connection.Open();
    }

    public override async Task BeginAsync()
    {
        // The statements that make an index are what the database says of it, so it is the same afterwards.
        const string Indexes = "FROM pg_indexes x WHERE schemaname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = x.indexname)";
        _indexes = await TextsAsync($"SELECT indexdef {Indexes} ORDER BY indexname <> 'file_block_text'");
        _key = (await TextsAsync("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'point_fact_pkey'"))[0];
        foreach (string name in await TextsAsync($"SELECT indexname {Indexes}"))
        {
            await RunAsync($"DROP INDEX {name}");
        }

        await RunAsync("ALTER TABLE point_fact DROP CONSTRAINT point_fact_pkey");
    }

    public override void Add(string table, params object?[] values)
    {
        if (!_copies.TryGetValue(table, out (NpgsqlConnection Connection, NpgsqlBinaryImporter Importer) copy))
        {
            var connection = new NpgsqlConnection(Of(_location));
            connection.Open();
            copy = (connection, connection.BeginBinaryImport($"COPY {table} FROM STDIN (FORMAT BINARY)"));
            _copies.Add(table, copy);
        }

        NpgsqlBinaryImporter importer = copy.Importer;
        importer.StartRow();
        foreach (object? value in values)
        {
            switch (value)
            {
                case long number:
                    importer.Write(number, NpgsqlDbType.Bigint);
                    break;
                case string text:
                    importer.Write(text, NpgsqlDbType.Text);
                    break;
                case byte[] bytes:
                    importer.Write(bytes, NpgsqlDbType.Bytea);
                    break;
                case null:
                    importer.WriteNull();
                    break;
                default:
                    throw new ArgumentException($"{table}: a value is a {value.GetType()}", nameof(values));
            }
        }
    }

    public override async Task EndAsync()
    {
        foreach ((NpgsqlConnection connection, NpgsqlBinaryImporter importer) in _copies.Values)
        {
            await importer.CompleteAsync();
            await importer.DisposeAsync();
            await connection.DisposeAsync();
        }

        foreach (string table in await TextsAsync("SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'id' AND is_identity = 'YES'"))
        {
            await RunAsync($"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce((SELECT max(id) FROM {table}), 1))");
        }

        // The largest index takes as long as all others.
        await Task.WhenAll(MakeAsync([_indexes[0]]), MakeAsync([$"ALTER TABLE point_fact ADD CONSTRAINT point_fact_pkey {_key}", .. _indexes[1..]]));
        await RunAsync("VACUUM ANALYZE");
    }

    public override void Dispose()
    {
        base.Dispose();
        NpgsqlConnection.ClearAllPools();
    }

    private async Task MakeAsync(string[] statements)
    {
        using var other = new BulkPostgres(_location);
        foreach (string statement in statements)
        {
            await other.RunAsync(statement);
        }
    }

    private static string Of(string location)
    {
        var settings = new NpgsqlConnectionStringBuilder(location) { Pooling = false };
        settings.Options = $"{settings.Options} {Settings}".Trim();
        return settings.ToString();
    }
}
