using Microsoft.Extensions.Logging;

namespace Waybill.CsiDriver.Tests;

public sealed class DriverOptionsTests
{
    [Fact]
    public void Parse_OfTheCommandLine_WinsOverTheEnvironment()
    {
        var environment = new Dictionary<string, string> { ["CSI_ENDPOINT"] = "unix:///a.sock", ["WAYBILL_POOL"] = "/pool", ["WAYBILL_LOG_LEVEL"] = "debug", ["WAYBILL_NODE_ID"] = "" };

        DriverOptions options = DriverOptions.Parse(["--endpoint=unix:///b.sock", "--health", "127.0.0.1:9808", "--max-volumes", "12"], name => environment.GetValueOrDefault(name));

        Assert.Equal("unix:///b.sock", options.Endpoint);
        Assert.Equal("/pool", options.Pool);
        Assert.Equal(Environment.MachineName, options.NodeId);
        Assert.Equal("local.csi.waybill", options.Name);
        Assert.Equal("127.0.0.1:9808", options.Health?.ToString());
        Assert.Equal((12L, LogLevel.Debug), (options.MaxVolumes, options.LogLevel));
    }

    [Theory]
    [InlineData("--pool /p", "--endpoint")]
    [InlineData("--endpoint unix:///a.sock", "--pool")]
    [InlineData("--endpoint unix:///a.sock --pool", "--pool")]
    [InlineData("--endpoint unix:///a.sock --pool /p --pool /q", "twice")]
    [InlineData("--endpoint unix:///a.sock --pool /p --colour red", "--colour")]
    [InlineData("--endpoint unix:///a.sock --pool /p --max-volumes -1", "--max-volumes")]
    [InlineData("--endpoint unix:///a.sock --pool /p --health localhost", "--health")]
    [InlineData("--endpoint unix:///a.sock --pool /p --log-level 3", "--log-level")]
    [InlineData("--endpoint unix:///a.sock --pool /p --backup 127.0.0.1:1 --backup-key /k", "--backup-certificate")]
    [InlineData("--endpoint unix:///a.sock --pool /p --backup 127.0.0.1:1 --backup-certificate /c", "--backup-key")]
    [InlineData("--endpoint unix:///a.sock --pool /p --backup 127.0.0.1 --backup-certificate /c --backup-key /k", "--backup")]
    [InlineData("--endpoint unix:///a.sock --pool /p --backup localhost:1 --backup-certificate /c --backup-key /k", "--backup")]
    [InlineData("--endpoint unix:///a.sock --pool /p --backup-certificate /c --backup-key /k", "--backup-certificate")]
    [InlineData("--endpoint unix:///a.sock --pool /p --backup-client-authority /a", "--backup-client-authority")]
    [InlineData("--endpoint unix:///a.sock --pool /p --kubeconfig /k", "--kubeconfig")]
    public void Parse_OfWhatCannotBeUsed_SaysWhichOption(string line, string named)
    {
        FormatException error = Assert.Throws<FormatException>(() => DriverOptions.Parse(line.Split(' '), _ => null));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_OfTheArgumentsOfTheDeployment_TakesThemAll()
    {
        string[] arguments = ReadDeployedArguments("base/daemonset.yaml");

        DriverOptions options = DriverOptions.Parse(arguments, _ => null);

        Assert.Equal(5, arguments.Length);
        Assert.Null(options.Backup);
        Assert.Equal("unix:///csi/csi.sock", options.Endpoint);
        Assert.Equal("/var/lib/waybill/pool", options.Pool);
        Assert.Equal("0.0.0.0:9808", options.Health?.ToString());
    }

    [Fact]
    public void Parse_OfTheArgumentsOfTheDeploymentWithTheBackupApi_TakesThemAll()
    {
        string[] common = ReadDeployedArguments("base/daemonset.yaml");
        string[] arguments = ReadDeployedArguments("overlays/backup-api/driver.yaml");

        DriverOptions options = DriverOptions.Parse(arguments, _ => null);

        Assert.Equal(common, arguments[..common.Length]);
        Assert.Equal(common.Length + 4, arguments.Length);
        Assert.Equal(
            ("0.0.0.0:9443", "/backup-certificate/tls.crt", "/backup-certificate/tls.key", "local.csi.waybill", "", ""),
            (options.Backup!.Endpoint.ToString(), options.Backup.CertificateFile, options.Backup.KeyFile, options.Backup.Audience, options.Backup.ClientAuthorityFile, options.Backup.KubeConfig));
    }

    [Fact]
    public void Parse_OfTheBackupApi_TakesTheNameOfTheDriverForTheAudience_UnlessOneIsNamed()
    {
        string[] given = ["--endpoint", "unix:///a.sock", "--pool", "/p", "--driver-name", "d.example.org", "--backup", "[::1]:0", "--backup-certificate", "/c", "--backup-key", "/k"];

        BackupOptions byDefault = DriverOptions.Parse(given, _ => null).Backup!;
        BackupOptions named = DriverOptions.Parse([.. given, "--backup-audience", "backups", "--backup-client-authority", "/a", "--kubeconfig", "/config"], _ => null).Backup!;

        Assert.Equal("d.example.org", byDefault.Audience);
        Assert.Equal(("backups", "/a", "/config"), (named.Audience, named.ClientAuthorityFile, named.KubeConfig));
    }

    [Fact]
    public void Usage_NamesEveryVariable()
    {
        foreach (string name in (string[])["CSI_ENDPOINT", "WAYBILL_POOL", "WAYBILL_NODE_ID", "WAYBILL_DRIVER_NAME", "WAYBILL_MAX_VOLUMES", "WAYBILL_HEALTH", "WAYBILL_LOG_LEVEL",
            "WAYBILL_BACKUP", "WAYBILL_BACKUP_CERTIFICATE", "WAYBILL_BACKUP_KEY", "WAYBILL_BACKUP_CLIENT_AUTHORITY", "WAYBILL_BACKUP_AUDIENCE", "WAYBILL_KUBECONFIG"])
        {
            Assert.Contains(name, DriverOptions.Usage, StringComparison.Ordinal);
        }
    }

    private static string[] ReadDeployedArguments(string file)
    {
        DirectoryInfo root = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Sdk.sln")))
        {
            root = root.Parent!;
        }

        // The first container is the driver; its arguments are the first list of that name.
        return [.. File.ReadLines(Path.Combine(root.FullName, "csi-driver", "deploy", file))
            .SkipWhile(line => line.Trim() != "args:").Skip(1)
            .Select(line => line.Trim()).TakeWhile(line => line.StartsWith("- --", StringComparison.Ordinal)).Select(line => line[2..])];
    }
}
