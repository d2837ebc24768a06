using System.Diagnostics;

namespace Waybill.Local.Tests.Quiescing;

/// <summary>A real PostgreSQL server on a data directory; it runs as nobody and listens on a socket only.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _directory;
    private Process? _load;

    private PostgresServer(string directory) => _directory = directory;

    /// <summary>Gets the directory of the socket.</summary>
    public string Socket => _directory;

    public string Data => Path.Combine(_directory, "data");

    private static string Programs => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).LastOrDefault("") + "/bin"
        : "/nowhere";

    /// <summary>Makes a server in a new directory and starts it, with tables of pgbench.</summary>
    public static async Task<PostgresServer> CreateAsync(string directory, string settings = "")
    {
        QuiesceMachine.RequireRoot();
        QuiesceMachine.Require(File.Exists(Programs + "/initdb"), "a PostgreSQL server");
        Directory.CreateDirectory(directory);
        await QuiesceMachine.RunAsync("chown", "nobody:nogroup", directory);
        var server = new PostgresServer(directory);
        await AsNobodyAsync("initdb", "-D", server.Data, "-A", "trust", "-U", "postgres", "--no-sync");
        await File.AppendAllTextAsync(Path.Combine(server.Data, "postgresql.conf"), "\nmax_connections = 30\nshared_buffers = 16MB\n" + settings);
        await server.StartAsync();
        await QuiesceMachine.RunAsync(Programs + "/pgbench", "-h", directory, "-U", "postgres", "-i", "-q", "postgres");
        return server;
    }

    /// <summary>Starts a server on a copy of a data directory. Files that say the original runs are removed first: it may, but not here.</summary>
    public static async Task<PostgresServer> OpenAsync(string directory)
    {
        foreach (string file in Directory.EnumerateFiles(directory, ".s.PGSQL.*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }))
        {
            File.Delete(file);
        }

        var server = new PostgresServer(directory);
        await QuiesceMachine.RunAsync("chown", "nobody:nogroup", directory);
        File.Delete(Path.Combine(server.Data, "postmaster.pid"));
        await server.StartAsync();
        return server;
    }

    /// <summary>Puts load on it that goes on until the end.</summary>
    public async Task BeginLoadAsync()
    {
        _load = Process.Start(new ProcessStartInfo(Programs + "/pgbench", ["-h", _directory, "-U", "postgres", "-c", "4", "-T", "3600", "-n", "postgres"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        await ProgressesAsync();
    }

    /// <summary>Waits until the load has done something more.</summary>
    public async Task ProgressesAsync()
    {
        int before = await CountAsync();
        await QuiesceMachine.UntilAsync(async () => await CountAsync() > before + 20, "the server went on");
    }

    public Task<string> AskAsync(string sql) => QuiesceMachine.RunAsync("psql", "-X", "-A", "-t", "-h", _directory, "-U", "postgres", "-d", "postgres", "-c", sql);

    /// <summary>Checks that every transaction is there as a whole or not at all, and all data can be read.</summary>
    public async Task MustBeConsistentAsync()
    {
        string sums = await AskAsync(
            "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = d AND (SELECT sum(bbalance) FROM pgbench_branches) = d"
            + " AND (SELECT sum(tbalance) FROM pgbench_tellers) = d AND (SELECT count(*) FROM pgbench_accounts) = 100000"
            + " FROM (SELECT coalesce(sum(delta), 0) AS d FROM pgbench_history) AS h");
        Assert.Equal("t", sums);
    }

    /// <summary>Has PostgreSQL's own check look at every table and index, and whether each index has all that is in its table.</summary>
    public Task MustPassAmcheckAsync() => QuiesceMachine.RunAsync(
        Programs + "/pg_amcheck", "-h", _directory, "-U", "postgres", "-d", "postgres", "--install-missing", "--heapallindexed", "--parent-check");

    public async Task<int> CountAsync() => int.Parse(await AskAsync("SELECT count(*) FROM pgbench_history"), System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        if (_load is not null)
        {
            _load.Kill();
            await _load.WaitForExitAsync();
            _load.Dispose();
        }

        await QuiesceMachine.TryRunAsync("setpriv", AsNobody("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop"));
    }

    private static string[] AsNobody(string program, params string[] arguments) =>
        ["--reuid=nobody", "--regid=nogroup", "--clear-groups", $"{Programs}/{program}", .. arguments];

    private static Task<string> AsNobodyAsync(string program, params string[] arguments) => QuiesceMachine.RunAsync("setpriv", AsNobody(program, arguments));

    // The log file takes the streams, which the server would otherwise hold open.
    private Task<string> StartAsync() =>
        AsNobodyAsync("pg_ctl", "-D", Data, "-o", $"-k '{_directory}' -c listen_addresses=", "-l", Path.Combine(_directory, "log"), "-t", "60", "-w", "start");
}
