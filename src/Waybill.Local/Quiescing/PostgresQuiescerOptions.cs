using System.Collections.Immutable;

namespace Waybill.Local;

/// <summary>How a <see cref="PostgresQuiescer"/> reaches its server. What is not set is as <c>psql</c> finds it in the environment.</summary>
public sealed record PostgresQuiescerOptions
{
    /// <summary>Gets the name in the configuration, in bundles and in messages.</summary>
    public string Name { get; init; } = "postgres";

    /// <summary>Gets what is done.</summary>
    public PostgresQuiesceMode Mode { get; init; }

    /// <summary>Gets the host, or the directory of the socket.</summary>
    public string? Host { get; init; }

    /// <summary>Gets the port.</summary>
    public int? Port { get; init; }

    /// <summary>Gets the database to connect to; what is done concerns the whole server.</summary>
    public string Database { get; init; } = "postgres";

    /// <summary>Gets the role. It needs the right to checkpoint (<c>pg_checkpoint</c>), or to execute the functions of the backup mode.</summary>
    public string? User { get; init; }

    /// <summary>Gets the file with passwords, as PostgreSQL describes it. There is no other way to give one here, so that none can be seen in a list of processes.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Gets the program.</summary>
    public string Psql { get; init; } = "psql";

    /// <summary>Gets more variables of the program, such as <c>PGSSLMODE</c>.</summary>
    public ImmutableDictionary<string, string> Environment { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Gets how long the checkpoint may take. Nothing is held meanwhile, so the deadline of the lease begins after it.</summary>
    /// <value>The default is 10 minutes: a large server under load writes for minutes.</value>
    public TimeSpan CheckpointLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets whether the end of the backup mode waits until the write-ahead log is archived, if the server archives. It must have ended before the lease does.</summary>
    public bool WaitForArchive { get; init; } = true;

    /// <summary>
    /// Gets what takes the label at the end of the backup mode, to store it with the data. If it fails, the lease counts as broken. Needed in this mode.
    /// </summary>
    public Func<PostgresBackupLabel, CancellationToken, ValueTask>? StoreLabelAsync { get; init; }
}
