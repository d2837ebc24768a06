using System.Diagnostics;
using System.Globalization;

namespace Waybill.Catalog.Tests.Support;

/// <summary>A real PostgreSQL server, one for all tests of this project; it runs as nobody, listens on a socket only, and is gone with the process.</summary>
internal static class PostgresServer
{
    private static readonly Lazy<Task<string>> s_socket = new(StartAsync);
    private static int s_databases;

    private static string Programs => Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).LastOrDefault("") + "/bin"
        : "/nowhere";

    /// <summary>Makes a database in which there is nothing.</summary>
    /// <returns>Its connection string.</returns>
    public static async Task<string> CreateDatabaseAsync()
    {
        Machine.RequireRoot();
        Machine.Require(File.Exists(Programs + "/initdb"), "a PostgreSQL server");
        string socket = await s_socket.Value;
        string name = string.Create(CultureInfo.InvariantCulture, $"catalog{Interlocked.Increment(ref s_databases)}");
        await AskAsync(socket, $"CREATE DATABASE {name}");
        return $"Host={socket};Username=postgres;Database={name};Pooling=true;Maximum Pool Size=10";
    }

    public static async Task<string> AskAsync(string socket, string sql, string database = "postgres") =>
        await Machine.RunAsync("psql", "-X", "-A", "-t", "-h", socket, "-U", "postgres", "-d", database, "-c", sql);

    private static async Task<string> StartAsync()
    {
        string directory = Directory.CreateTempSubdirectory("waybill-pg-").FullName;
        string data = Path.Combine(directory, "data");
        await Machine.RunAsync("chown", "nobody:nogroup", directory);
        await AsNobodyAsync("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8");
        await File.AppendAllTextAsync(Path.Combine(data, "postgresql.conf"), "\nmax_connections = 90\nshared_buffers = 32MB\nfsync = off\n");
        await AsNobodyAsync("pg_ctl", "-D", data, "-o", $"-k '{directory}' -c listen_addresses=", "-l", Path.Combine(directory, "log"), "-t", "60", "-w", "start");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop(directory, data);
        return directory;
    }

    // The process ends; nothing can be awaited any more.
    private static void Stop(string directory, string data)
    {
        using Process process = Process.Start("setpriv", AsNobody("pg_ctl", "-D", data, "-m", "immediate", "-w", "-s", "stop"));
        process.WaitForExit(30_000);
        using Process removal = Process.Start("rm", ["-rf", "--", directory]);
        removal.WaitForExit(30_000);
    }

    private static string[] AsNobody(string program, params string[] arguments) =>
        ["--reuid=nobody", "--regid=nogroup", "--clear-groups", $"{Programs}/{program}", .. arguments];

    private static Task<string> AsNobodyAsync(string program, params string[] arguments) => Machine.RunAsync("setpriv", AsNobody(program, arguments));
}
