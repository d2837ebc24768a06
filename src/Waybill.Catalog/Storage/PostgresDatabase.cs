using System.Data;
using System.Data.Common;
using System.Text.RegularExpressions;
using Npgsql;

namespace Waybill.Catalog.Storage;

/// <summary>A catalog in a PostgreSQL database, for many machines at once.</summary>
internal sealed partial class PostgresDatabase : CatalogDatabase
{
    // Each statement is a way to the server and back, and takes any number of rows as an array for each column.
    private const int MaxRows = 4_096;

    // Any number that nobody else takes: it keeps two programs from making the tables at the same time.
    private const long SchemaLock = 0x5761_7962_696C_6C01;

    // What was added last is in no order until it is more than the limit (in KiB), and each search reads all of it.
    private static readonly string[] s_ownSteps =
    [
        """
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE INDEX fact_text ON fact USING gin (folded gin_trgm_ops) WHERE kind <> 1;
        CREATE INDEX name_text ON fact USING gin (folded gin_trgm_ops) WHERE kind = 1;
        """,
        "CREATE INDEX file_text ON file USING gin (folded gin_trgm_ops);",
        """
        ALTER TABLE file DROP COLUMN folded;
        CREATE INDEX file_block_text ON file_block USING gin (folded gin_trgm_ops) WITH (gin_pending_list_limit = 256);
        ALTER INDEX fact_text SET (gin_pending_list_limit = 256);
        ALTER INDEX name_text SET (gin_pending_list_limit = 256);
        """,
    ];

    private const int TrigramLength = 3;

    // A year has less.
    private const int LeastDigits = 5;

    private readonly NpgsqlDataSource _source;

    public PostgresDatabase(NpgsqlConnectionStringBuilder settings)
    {
        settings.ApplicationName ??= "waybill";
        settings.MaxAutoPrepare = 64;
        settings.AutoPrepareMinUsages = 2;

        // Like the file: a catalog that lost its last changes in a crash of the server is brought up to date by the next scan.
        settings.Options = $"{settings.Options} -c synchronous_commit=off".Trim();
        Name = $"postgresql://{settings.Host}/{settings.Database}";
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        builder.EnableIntegratedSecurity();
        _source = builder.Build();
    }

    public override string Name { get; }

    // The index reads all entries of a fragment before it says the first, whatever the limit. So the oldest rows are looked at as they are: what is common is among them, and nothing else is read.
    public override string MatchingFiles(string fragment)
    {
        string matches = $"{Searched(fragment)} LIKE @pattern AND position(@text IN t.folded) > 0";
        return $"SELECT t.files, t.folded FROM (SELECT * FROM file_block ORDER BY id LIMIT 500) AS t WHERE {matches}"
            + $" UNION ALL SELECT t.files, t.folded FROM file_block t WHERE {matches} AND t.id + 0 > (SELECT max(id) FROM (SELECT id FROM file_block ORDER BY id LIMIT 500) AS x)";
    }

    public override string MatchingFacts(bool isName, string fragment, string more)
    {
        string matches = $"t.kind {(isName ? "=" : "<>")} 1 AND {Searched(fragment)} LIKE @pattern AND position(@text IN t.folded) > 0 {more}";
        return $"SELECT t.id FROM (SELECT * FROM fact ORDER BY id LIMIT 2000) AS t WHERE {matches}"
            + $" UNION ALL SELECT t.id FROM fact t WHERE {matches} AND t.id + 0 > (SELECT max(id) FROM (SELECT id FROM fact ORDER BY id LIMIT 2000) AS x)";
    }

    // Each trigram of the pattern costs as much as it is common, and words are common where numbers are not. If there is a long number, words in front of the first one and behind the last one are
    // not asked of the index. The text itself is compared in any case.
    public override string PatternOf(string fragment)
    {
        Match[] numbers = [.. Words().Matches(fragment).Where(word => word.Value.Any(char.IsAsciiDigit))];
        return numbers.Any(IsLong) ? Pattern(fragment, numbers[0], numbers[^1]) : Pattern(fragment);
    }

    // Facts are short: of several numbers one is enough.
    public override string FactPatternOf(string fragment) =>
        Words().Matches(fragment).Where(IsLong).MaxBy(word => word.Length) is { } number ? Pattern(fragment, number, number) : Pattern(fragment);

    // The server knows little of how many rows have a fragment, and a scan of the whole table is the worst it can choose.
    public override Task PrepareSearchAsync(CatalogSession session, CancellationToken cancellationToken) => session.RunAsync("SET LOCAL enable_seqscan = off", cancellationToken);

    public override async Task<T> ReadAsync<T>(Func<CatalogSession, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            // Such a transaction sees one moment, waits for nobody, and a read replica takes it as well.
            NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var session = new CatalogSession(connection, MaxRows, keepsCommands: false, takesArrays: true);
            await using (session.ConfigureAwait(false))
            {
                await session.BeginAsync(await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
                await session.RunAsync("SET TRANSACTION READ ONLY", cancellationToken).ConfigureAwait(false);
                return await read(session).ConfigureAwait(false);
            }
        }
        catch (DbException e)
        {
            throw Explain(e);
        }
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    protected override async Task<T> WriteOnceAsync<T>(Func<CatalogSession, Task<T>> change, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var session = new CatalogSession(connection, MaxRows, keepsCommands: false, takesArrays: true);
        await using (session.ConfigureAwait(false))
        {
            await session.BeginAsync(await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);

            // Rows are found by their keys. A plan is made once, often for a table in which there is little yet, and kept while it grows.
            await session.RunAsync("SET LOCAL enable_seqscan = off", cancellationToken).ConfigureAwait(false);
            T result = await change(session).ConfigureAwait(false);
            await session.CommitAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
    }

    protected override bool MetAnother(DbException error) =>
        error is PostgresException
        {
            SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation,
        };

    protected override Task LockSchemaAsync(CatalogSession session, CancellationToken cancellationToken) =>
        session.RunAsync("SELECT pg_advisory_xact_lock(@lock)", cancellationToken, ("@lock", SchemaLock));

    // Asked of the table of tables itself: what a session has once looked up by name and not found, it may still not find when another one has just made it.
    protected override async Task<int> GetVersionAsync(CatalogSession session, CancellationToken cancellationToken) =>
        await session.NumberAsync(
            "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'waybill_catalog_version' AND n.nspname = ANY (current_schemas(false))",
            cancellationToken).ConfigureAwait(false) == 0
            ? 0
            : (int)await session.NumberAsync("SELECT version FROM waybill_catalog_version", cancellationToken).ConfigureAwait(false);

    protected override async Task SetVersionAsync(CatalogSession session, int version, CancellationToken cancellationToken)
    {
        await session.RunAsync("CREATE TABLE IF NOT EXISTS waybill_catalog_version (version BIGINT NOT NULL)", cancellationToken).ConfigureAwait(false);
        await session.RunAsync("DELETE FROM waybill_catalog_version", cancellationToken).ConfigureAwait(false);
        await session.RunAsync("INSERT INTO waybill_catalog_version (version) VALUES (@version)", cancellationToken, ("@version", (long)version)).ConfigureAwait(false);
    }

    protected override string Localize(string step) => step
        .Replace("{key}", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", StringComparison.Ordinal)
        .Replace("{int}", "BIGINT", StringComparison.Ordinal)
        .Replace("{blob}", "BYTEA", StringComparison.Ordinal)
        .Replace("{join}", "string_agg", StringComparison.Ordinal)
        .Replace("{newline}", "chr(10)", StringComparison.Ordinal)
        .Replace("{clustered}", "", StringComparison.Ordinal);

    protected override string StepOfItsOwn(int version) => version < s_ownSteps.Length ? s_ownSteps[version] : "";

    protected override WaybillException Explain(DbException error) => error is PostgresException { SqlState: PostgresErrorCodes.DiskFull }
        ? new WaybillException(WaybillErrorCode.NoSpace, "There is no space left for the catalog", error) { ObjectName = Name, Hint = "What was added so far is kept; make room on the server and run the same command again." }
        : new WaybillException(WaybillErrorCode.CatalogUnavailable, $"The catalog cannot be used: {error.Message}", error)
        {
            ObjectName = Name,
            IsTransient = error.IsTransient,
            Hint = "Is the server there, does the database exist, and may this user use it? A password comes from PGPASSWORD or the file that PGPASSFILE names.",
        };

    // A fragment without a trigram would be looked for in all entries of the index, which takes longer than to read the table: what is not a column is not looked for there.
    private static string Searched(string fragment) => Words().Matches(fragment).Any(word => word.Length >= TrigramLength) ? "t.folded" : "(t.folded || '')";

    private static string Pattern(string fragment, Match first, Match last) => Pattern(fragment[Math.Max(0, first.Index - 1)..Math.Min(fragment.Length, last.Index + last.Length + 1)]);

    private static string Pattern(string part) =>
        $"%{part.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)}%";

    private static bool IsLong(Match word) => word.Value.Count(char.IsAsciiDigit) >= LeastDigits;

    [GeneratedRegex("[a-z0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
