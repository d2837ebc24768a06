using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Waybill;
using Waybill.Csi.Backup;
using Waybill.Mover;

const int Done = 0;
const int Failed = 1;
const int Misused = 2;

string version = typeof(MoverOptions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
if (args is ["--help"] or ["--version"])
{
    Console.WriteLine(args[0] == "--version" ? version : MoverOptions.Usage);
    return Done;
}

if (args is ["bind"])
{
    return Done;
}

MoverOptions options;
try
{
    options = args is ["serve", ..] ? MoverOptions.Parse(args.AsSpan(1), Environment.GetEnvironmentVariable) : throw new FormatException("There is 'serve' and 'bind'.");
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"{e.Message} --help lists the options.");
    return Misused;
}

using ILoggerFactory logs = LoggerFactory.Create(builder => builder.AddSimpleConsole(console =>
{
    console.SingleLine = true;
    console.UseUtcTimestamp = true;
    console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
}));
var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using PosixSignalRegistration registration = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stopped.TrySetResult();
});
try
{
    ServedVolume volume = options.Directory.Length > 0 ? await DirectoryVolume.OpenAsync(options) : await DeviceVolume.OpenAsync(options);
    using var calls = new MoverCalls(options, TimeProvider.System);
    var api = new BackupApi("mover", volume, volume, calls, calls)
    {
        Version = version,
        AllowWrites = options.IsWritable,
        EmptyTree = volume is DirectoryVolume files ? files.EmptyAsync : null,
        CallsPerCaller = 1024,

        // Its coordinator calls now and then while it lives: it may wait for a slow store as long as that takes.
        IdleLimit = TimeSpan.FromHours(1),
        Logger = logs.CreateLogger("mover"),
    };
    await using BackupServer server = await BackupServer.StartAsync(api, new BackupServerOptions(options.Endpoint, options.CertificateFile, options.KeyFile));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Version {version} serves {options.Namespace}/{options.Name} at {server.Endpoint}"));
    await Task.WhenAny(calls.Idle, stopped.Task);
    return Done;
}
catch (WaybillException e)
{
    await Console.Error.WriteLineAsync(e.ToDisplayString());
    return Failed;
}
