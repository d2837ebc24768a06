using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Extensions.Logging;
using Waybill;
using Waybill.Csi;
using Waybill.CsiDriver;
using Waybill.Local;

const int Done = 0;
const int Failed = 1;
const int Misused = 2;

string version = typeof(DriverOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
if (args is ["--help"] or ["--version"])
{
    Console.WriteLine(args[0] == "--version" ? version : DriverOptions.Usage);
    return Done;
}

DriverOptions options;
try
{
    options = DriverOptions.Parse(args, Environment.GetEnvironmentVariable);
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"{e.Message} --help lists the options.");
    return Misused;
}

using ILoggerFactory logs = LoggerFactory.Create(builder => builder.SetMinimumLevel(options.LogLevel).AddFilter(AuditLog.Category, LogLevel.Information).AddSimpleConsole(console =>
{
    console.SingleLine = true;
    console.UseUtcTimestamp = true;
    console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
}));
ILogger logger = logs.CreateLogger(options.Name);
using DriverTelemetry telemetry = DriverTelemetry.Start(options, version);
try
{
    await using LocalProvider pool = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = options.Pool });
    var provider = new PoolProvider(pool, options.Pool);
    await using BackupEndpoint? backup = options.Backup is null ? null : await BackupEndpoint.StartAsync(options, options.Backup, version, provider, logs);
    var plugin = new CsiPlugin(options.Name, version)
    {
        Provider = provider,
        Node = new LoopVolumes(pool, TimeProvider.System),
        NodeId = options.NodeId,
        MaxVolumesPerNode = options.MaxVolumes,
        NodeTopology = ImmutableSortedDictionary<string, string>.Empty.Add($"topology.{options.Name}/node", options.NodeId),
        MultiNode = MultiNodeAccess.Readers,
    };
    DriverLog.Starting(logger, version, options.Endpoint, options.Pool, options.NodeId);
    await CsiServer.RunAsync(plugin, new CsiServerOptions(options.Endpoint) { HealthEndpoint = options.Health, Logger = logger });
}
catch (Exception e) when (e is WaybillException or ArgumentException)
{
    await Console.Error.WriteLineAsync(e is WaybillException error ? error.ToDisplayString() : e.Message);
    return Failed;
}

DriverLog.Stopped(logger);
return Done;
