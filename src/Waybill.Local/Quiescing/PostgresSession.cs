using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Waybill.Local;

/// <summary>
/// One session of <c>psql</c> that is kept open. It ends with this process, whose end closes its input, and at its deadline, when another process kills it.
/// </summary>
internal sealed class PostgresSession : IAsyncDisposable
{
    private const int FirstWithClientChecks = 140000;
    private const int FirstWithNewNames = 150000;

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly string _owner;
    private readonly Process _process;
    private readonly int _group;
    private readonly MarkedOutput _errors = new("none");
    private readonly Task _reading;
    private bool _disposed;

    private PostgresSession(string owner, Process process)
    {
        _owner = owner;
        _process = process;
        _group = process.Id;
        _reading = ReadErrorsAsync();
    }

    /// <summary>Starts the program.</summary>
    public static PostgresSession Start(string owner, string[] program, IReadOnlyDictionary<string, string> environment, TimeSpan deadline) =>
        new(owner, BoundedCommand.Start(owner, new WatchdogCommand([.. program], deadline), environment));

    /// <summary>Gets the version of the server, such as 150018.</summary>
    public async ValueTask<int> GetVersionAsync(CancellationToken cancellationToken)
    {
        List<string> lines = await AskAsync("SHOW server_version_num;", cancellationToken).ConfigureAwait(false);
        return lines is [string text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int version)
            ? version
            : throw Failed("did not tell its version");
    }

    /// <summary>Begins the backup mode.</summary>
    /// <param name="version">The version of the server.</param>
    /// <param name="label">Letters, digits and hyphens.</param>
    /// <param name="deadline">When the server ends it by itself, should it no longer hear of this host.</param>
    /// <param name="cancellationToken">Ends the wait; the session must then be disposed.</param>
    public async ValueTask BeginBackupAsync(int version, string label, TimeSpan deadline, CancellationToken cancellationToken)
    {
        if (version >= FirstWithClientChecks)
        {
            long milliseconds = (long)Math.Ceiling(deadline.TotalMilliseconds);
            string sql = string.Create(
                CultureInfo.InvariantCulture, $"SET idle_session_timeout = {milliseconds}; SET client_connection_check_interval = 1000;");
            await AskAsync(sql, cancellationToken).ConfigureAwait(false);
        }

        await AskAsync(
            version >= FirstWithNewNames ? $"SELECT pg_backup_start('{label}', true);" : $"SELECT pg_start_backup('{label}', true, false);", cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Ends the backup mode.</summary>
    /// <returns>What makes the copy a backup.</returns>
    /// <exception cref="ProviderException">The backup mode was over already, or it could not be ended as it should; it is over now.</exception>
    public async ValueTask<PostgresBackupLabel> EndBackupAsync(int version, string leaseId, bool waitForArchive, CancellationToken cancellationToken)
    {
        // Hexadecimal, because the texts have several lines.
        string wait = waitForArchive ? "true" : "false";
        string function = version >= FirstWithNewNames ? $"pg_backup_stop({wait})" : $"pg_stop_backup(false, {wait})";
        List<string> lines = await AskAsync(
            $"SELECT lsn, encode(convert_to(labelfile, 'UTF8'), 'hex'), encode(convert_to(coalesce(spcmapfile, ''), 'UTF8'), 'hex') FROM {function};", cancellationToken)
            .ConfigureAwait(false);
        string[] fields = lines is [string line] ? line.Split('|') : [];
        return fields.Length == 3
            ? new PostgresBackupLabel(leaseId, Decode(fields[1]), Decode(fields[2]), fields[0])
            : throw Failed("did not give a label");
    }

    /// <summary>Ends the session, and with it whatever it holds.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone.
        }

        using var grace = new CancellationTokenSource(s_grace);
        try
        {
            await _process.WaitForExitAsync(grace.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            QuiesceLibc.KillGroup(_group);
        }

        await _reading.ConfigureAwait(false);
        _process.Dispose();
    }

    private static string Decode(string hex) => Encoding.UTF8.GetString(Convert.FromHexString(hex));

    private async ValueTask<List<string>> AskAsync(string sql, CancellationToken cancellationToken)
    {
        string mark = Guid.NewGuid().ToString("N");
        List<string> lines = [];
        try
        {
            await _process.StandardInput.WriteAsync($"{sql}\nSELECT '{mark}';\n".AsMemory(), cancellationToken).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync(cancellationToken).ConfigureAwait(false);
            while (await _process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
            {
                if (line == mark)
                {
                    return lines;
                }

                lines.Add(line);
            }
        }
        catch (IOException)
        {
            // It is gone; what it said stands below.
        }
        catch (OperationCanceledException)
        {
            // A session in the middle of a call does not see that its input ended.
            QuiesceLibc.KillGroup(_group);
            throw;
        }

        await _reading.ConfigureAwait(false);
        throw Failed("ended its session");
    }

    private ProviderException Failed(string what) =>
        new(WaybillErrorCode.QuiesceFailed, _owner, $"PostgreSQL {what}{_errors.Part(0).ToMessagePart()}");

    private async Task ReadErrorsAsync()
    {
        try
        {
            await _errors.ReadAsync(_process.StandardError.BaseStream, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Output only explains; it decides nothing.
        }
    }
}
