using Waybill.Local;
using Waybill.Providers;

// Holds something until it is killed: the tests prove that nothing stays held. Arguments: kind, deadline in seconds, what the kind needs.
IQuiescer quiescer = args[0] switch
{
    "freeze" => new FileSystemQuiescer(new FileSystemQuiescerOptions { MountPoints = [.. args[2..]] }),
    "command" => new CommandQuiescer(new CommandQuiescerOptions
    {
        Pre = new HookCommand(["sh", "-c", args[2]], TimeSpan.FromSeconds(60)),
        Post = new HookCommand(["sh", "-c", args[3]], TimeSpan.FromSeconds(60)),
    }),
    "backup" => new PostgresQuiescer(new PostgresQuiescerOptions
    {
        Mode = PostgresQuiesceMode.BackupMode,
        Host = args[2],
        User = "postgres",
        StoreLabelAsync = (_, _) => ValueTask.CompletedTask,
    }),
    _ => throw new ArgumentException($"There is no kind {args[0]}."),
};

var deadline = TimeSpan.FromSeconds(double.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture));
await using QuiesceLease lease = await quiescer.QuiesceAsync(new QuiesceRequest("holder", deadline));
await Console.Out.WriteLineAsync("held");
await Console.In.ReadToEndAsync();
