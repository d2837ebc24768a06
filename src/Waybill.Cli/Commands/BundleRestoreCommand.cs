using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Restore;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle restore</c>: volumes, file trees, byte streams and definitions become files again.</summary>
internal sealed class BundleRestoreCommand
{
    private readonly Argument<string> _bundle = SharedOptions.Bundle();

    private readonly Option<string> _target = new("--to")
    {
        Description = "The directory to restore into; made if it is missing.", HelpName = "DIR", Required = true,
    };

    private readonly Option<string[]> _volumes = new("--volume") { Description = "Restore this volume to DIR/volumes/NAME.img, sparse.", HelpName = "NAME" };
    private readonly Option<string[]> _files = new("--files") { Description = "Restore this file tree to DIR/files/NAME/.", HelpName = "NAME" };
    private readonly Option<string[]> _bytes = new("--bytes") { Description = "Restore this byte stream to DIR/bytes/NAME.", HelpName = "NAME" };
    private readonly Option<bool> _resources = new("--resources") { Description = "Restore the definitions to DIR/resources/, one file each." };
    private readonly Option<string[]> _parents = SharedOptions.Parents();
    private readonly Option<int?> _jobs = new("--jobs") { Description = "How many cells are worked on at once. Default: one per processor.", HelpName = "N" };
    private readonly Option<bool> _noSync = SharedOptions.NoSync();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly KeyOptions _keys = new();
    private readonly TrustOptions _trust = new();
    private readonly CliConsole _console;

    private BundleRestoreCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new BundleRestoreCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("restore", "Write what a bundle holds to a directory: all, or what is named.")
        {
            Examples =
            [
                "waybill bundle restore tue.waybill --to restored/",
                "waybill bundle restore tue.waybill --to restored/ --volume data --resources --parents /vault/2026-01",
                "kubectl apply -f restored/resources/",
                "waybill bundle restore tue.waybill --to restored/ --key vault.key --trust sign.pub",
                "ssh vault cat full.waybill | waybill bundle restore - --to restored/",
            ],
            Notes =
            [
                "Every byte is checked up to the manifest before it is written, and nothing that exists is overwritten.",
                "What is damaged in the bundle is reported and left out, and the rest restored; the exit code is then 3.",
                "--trust refuses a bundle before anything is written. Secrets are left out if the key does not open them.",
                "The names of definitions sort in the order in which to create them again.",
                "A bundle from standard input is kept in the directory for temporary files (TMPDIR) meanwhile.",
            ],
        };
        foreach (Option option in new Option[] { _target, _volumes, _files, _bytes, _resources, _parents, _jobs, _noSync, _json })
        {
            command.Add(option);
        }

        command.Add(_bundle);
        _keys.AddTo(command);
        _trust.AddTo(command);
        command.SetAction((parsed, cancellationToken) => new BundleRestoration(Bind(parsed), _console).RunAsync(cancellationToken));
        return command;
    }

    private RestoreRequest Bind(ParseResult parsed)
    {
        int? jobs = parsed.GetValue(_jobs);
        if (jobs is < 1 or > 1024)
        {
            throw new UsageException("--jobs is from 1 to 1024.");
        }

        return new RestoreRequest
        {
            Bundle = parsed.GetRequiredValue(_bundle),
            Target = parsed.GetRequiredValue(_target),
            Volumes = parsed.GetValue(_volumes) ?? [],
            Files = parsed.GetValue(_files) ?? [],
            Bytes = parsed.GetValue(_bytes) ?? [],
            Resources = parsed.GetValue(_resources),
            ParentDirectories = parsed.GetValue(_parents) ?? [],
            Keys = _keys.Bind(parsed),
            Trust = _trust.Bind(parsed),
            Jobs = jobs,
            Durable = !parsed.GetValue(_noSync),
            Json = parsed.GetValue(_json),
        };
    }
}
