using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Waybill.Samples.FileShare.Tests;

/// <summary>A server of its own: its directories under a temporary one, its address on the loopback interface only.</summary>
/// <remarks>
/// The library asks for security descriptors over a second connection, always to port 445. Each server therefore has an address of its own in
/// 127.0.0.0/8 and not a port of its own.
/// </remarks>
public sealed class SmbServer : IAsyncLifetime
{
    public const string User = "backup";
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    private readonly string _directory = System.IO.Directory.CreateTempSubdirectory("waybill-smb-").FullName;
    private Process? _server;

    public string Address { get; } = string.Create(
        CultureInfo.InvariantCulture, $"127.{Random.Shared.Next(64, 128)}.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(1, 255)}");

    public string Secret { get; } = Guid.NewGuid().ToString("N");

    public string Share => Path.Combine(_directory, "share");

    /// <summary>Gets what the server itself recorded.</summary>
    public string[] ReadLog() => File.ReadAllLines(Path.Combine(_directory, "log", "smbd"));

    public static bool IsAvailable => OperatingSystem.IsLinux() && Environment.UserName == "root" && File.Exists("/usr/sbin/smbd") && File.Exists("/usr/bin/smbpasswd");

    public static void Require()
    {
        bool required = Environment.GetEnvironmentVariable("CI") == "true" && Environment.UserName == "root";
        Skip.IfNot(IsAvailable || required, "smbd, smbpasswd and root are needed.");
    }

    public string PathOf(string name) => Path.Combine(Share, name);

    public async Task InitializeAsync()
    {
        if (!IsAvailable)
        {
            return;
        }

        foreach (string name in (string[])["share", "private", "state", "cache", "lock", "run", "rpc", "log"])
        {
            System.IO.Directory.CreateDirectory(Path.Combine(_directory, name));
        }

        string configuration = Path.Combine(_directory, "smb.conf");
        await File.WriteAllTextAsync(configuration, $"""
            [global]
            server role = standalone server
            interfaces = {Address}/8
            bind interfaces only = yes
            smb ports = 445
            disable netbios = yes
            server min protocol = SMB2_10
            load printers = no
            disable spoolss = yes
            private dir = {_directory}/private
            state directory = {_directory}/state
            cache directory = {_directory}/cache
            lock directory = {_directory}/lock
            pid directory = {_directory}/run
            ncalrpc dir = {_directory}/rpc
            log file = {_directory}/log/smbd
            log level = 2
            [vol]
            path = {Share}
            valid users = {User}
            admin users = {User}
            read only = no

            """);
        await Shell.RunAsync("smbpasswd", ["-c", configuration, "-a", "-s", User], $"{Secret}\n{Secret}\n");

        // In a session of its own: at its end the server signals all that share its group.
        _server = Shell.Start("setsid", ["--wait", "smbd", "-F", "--no-process-group", "-s", configuration]);
        long start = Stopwatch.GetTimestamp();
        while (!await AnswersAsync())
        {
            Assert.False(_server.HasExited, "smbd ended at once.");
            Assert.True(Stopwatch.GetElapsedTime(start) < s_startLimit, "smbd does not answer.");
            await Task.Delay(50);
        }
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            string pid = Path.Combine(_directory, "run", "smbd.pid");
            if (File.Exists(pid))
            {
                await Shell.RunAsync("kill", [(await File.ReadAllTextAsync(pid)).Trim()]);
            }

            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        System.IO.Directory.Delete(_directory, recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(Address, 445);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
