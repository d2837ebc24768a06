using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Waybill.Local;

/// <summary>
/// Makes a PostgreSQL server consistent, with its program <c>psql</c>. A failure names what the server said. In the backup mode the server ends it by itself
/// when the session is gone, and the session ends with this process and at the deadline. Needs Linux.
/// </summary>
public sealed class PostgresQuiescer : IQuiescer
{
    private const int ConnectionFailed = 2;

    private static readonly TimeSpan s_releaseLimit = TimeSpan.FromSeconds(30);

    private readonly PostgresQuiescerOptions _options;
    private readonly IQuiescer? _fileSystems;
    private readonly TimeProvider _time;

    /// <summary>Makes a quiescer.</summary>
    /// <param name="options">How it reaches the server, and what it does.</param>
    /// <param name="fileSystems">What holds all file systems of the server after the checkpoint, those of tablespaces and of the write-ahead log included; null in backup mode.</param>
    /// <param name="time">The clock; the system's if null.</param>
    public PostgresQuiescer(PostgresQuiescerOptions options, IQuiescer? fileSystems = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        bool checkpoint = options.Mode == PostgresQuiesceMode.Checkpoint;
        QuiescerArguments.Check(
            options.Name, checkpoint == fileSystems is not null, "The mode Checkpoint needs a quiescer of the file systems, and the mode BackupMode none.");
        QuiescerArguments.Check(options.Name, checkpoint || options.StoreLabelAsync is not null, "Nothing stores the label of the backup mode.");
        _options = options;
        _fileSystems = fileSystems;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public async ValueTask<QuiesceLease> QuiesceAsync(QuiesceRequest request, CancellationToken cancellationToken = default)
    {
        QuiescerArguments.Check(request);
        QuiescerArguments.RequireLinux(Name);
        return _fileSystems is null
            ? await BeginBackupAsync(request, cancellationToken).ConfigureAwait(false)
            : await CheckpointAsync(request, _fileSystems, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(string leaseId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(leaseId);
        QuiescerArguments.RequireLinux(Name);
        if (_fileSystems is not null)
        {
            await _fileSystems.ReleaseAsync(leaseId, cancellationToken).ConfigureAwait(false);
            return;
        }

        // The session of a process that is gone is gone too; this ends one whose process hangs.
        var output = new CapturedOutput();
        string sql = $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{SessionName(leaseId)}' AND pid <> pg_backend_pid()";
        CommandEnd end = await RunAsync(sql, "waybill-release", s_releaseLimit, output, cancellationToken).ConfigureAwait(false);
        if (end.ExitCode is not (0 or ConnectionFailed))
        {
            throw new ProviderException(WaybillErrorCode.ThawFailed, Name, $"psql {end.Describe()}{output.ToMessagePart()}");
        }
    }

    private async ValueTask<QuiesceLease> CheckpointAsync(QuiesceRequest request, IQuiescer fileSystems, CancellationToken cancellationToken)
    {
        Timestamp started = Timestamp.From(_time.GetUtcNow());
        var output = new CapturedOutput();
        CommandEnd end = await RunAsync("CHECKPOINT", SessionName(request.LeaseId), _options.CheckpointLimit, output, cancellationToken).ConfigureAwait(false);
        if (end.ExitCode != 0)
        {
            throw new ProviderException(WaybillErrorCode.QuiesceFailed, Name, $"The checkpoint: psql {end.Describe()}{output.ToMessagePart()}")
            {
                IsTransient = end.ExitCode == ConnectionFailed || end.IsKilled,
            };
        }

        QuiesceLease inner = await fileSystems.QuiesceAsync(request, cancellationToken).ConfigureAwait(false);
        return new PostgresCheckpointLease(inner, new HookResult($"{Name}: checkpoint", 0) { Started = started, Finished = end.At });
    }

    private async ValueTask<QuiesceLease> BeginBackupAsync(QuiesceRequest request, CancellationToken cancellationToken)
    {
        string session = SessionName(request.LeaseId);
        PostgresSession psql = PostgresSession.Start(Name, Program(), Environment(session), request.Deadline);
        bool held = false;
        try
        {
            Timestamp started = Timestamp.From(_time.GetUtcNow());
            int version = await psql.GetVersionAsync(cancellationToken).ConfigureAwait(false);
            await psql.BeginBackupAsync(version, session, request.Deadline, cancellationToken).ConfigureAwait(false);
            held = true;
            Timestamp since = Timestamp.From(_time.GetUtcNow());
            return new PostgresBackupLease(
                _options, request.LeaseId, psql, version, new HookResult($"{Name}: begin backup", 0) { Started = started, Finished = since }, _time);
        }
        finally
        {
            if (!held)
            {
                await psql.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private ValueTask<CommandEnd> RunAsync(string sql, string session, TimeSpan limit, CapturedOutput output, CancellationToken cancellationToken) =>
        BoundedCommand.RunAsync(Name, new WatchdogCommand([.. Program(), "-c", sql], limit), Environment(session), output, _time, cancellationToken);

    // No start file, nothing but results, never a question: a password comes from the file or not at all.
    private string[] Program() => [_options.Psql, "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1"];

    /// <summary>Names a session after its lease, short and plain enough for every place it comes to.</summary>
    private static string SessionName(string leaseId) => "waybill-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(leaseId)))[..32];

    private Dictionary<string, string> Environment(string session)
    {
        var environment = new Dictionary<string, string>(_options.Environment, StringComparer.Ordinal)
        {
            ["PGAPPNAME"] = session,
            ["PGDATABASE"] = _options.Database,
        };
        Set("PGHOST", _options.Host);
        Set("PGPORT", _options.Port?.ToString(CultureInfo.InvariantCulture));
        Set("PGUSER", _options.User);
        Set("PGPASSFILE", _options.PasswordFile);
        return environment;

        void Set(string name, string? value)
        {
            if (value is not null)
            {
                environment[name] = value;
            }
        }
    }
}
