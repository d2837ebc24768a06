using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Salvage;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle salvage</c>: what is intact of a damaged or unfinished bundle.</summary>
internal sealed class BundleSalvageCommand
{
    private readonly Argument<string> _bundle = SharedOptions.Bundle();

    private readonly Option<string> _target = new("--to")
    {
        Description = "The directory to write to; made if it is missing.", HelpName = "DIR", Required = true,
    };

    private readonly Option<string[]> _parents = SharedOptions.Parents();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _json = SharedOptions.Json();

    public static Command Create(CliConsole console) => new BundleSalvageCommand().Build(console);

    private CliCommand Build(CliConsole console)
    {
        var command = new CliCommand("salvage", "Recover what is intact of a damaged or unfinished bundle.")
        {
            Examples =
            [
                "waybill bundle salvage cut.waybill --to salvaged/",
                "waybill bundle salvage damaged.waybill --to salvaged/ --parents /vault/2026-01",
                "waybill bundle salvage damaged.waybill --to salvaged/ --key vault.key",
            ],
            Notes =
            [
                "The bundle is only read. What is not whole is named NAME.partial, with a list NAME.partial.missing of its unknown",
                "ranges (offset, length, state); unknown ranges are holes in the file, never filled in.",
                "A file tree with partial files or lost entries is NAME.partial too; NAME.partial.missing lists its partial files.",
                "Ends with 0 if the bundle is whole after all, and with 3 if anything is damaged or missing.",
            ],
        };
        command.Add(_bundle);
        command.Add(_target);
        command.Add(_parents);
        _keys.AddTo(command);
        command.Add(_json);
        command.SetAction((parsed, cancellationToken) => new BundleSalvage(Bind(parsed), console).RunAsync(cancellationToken));
        return command;
    }

    private SalvageRequest Bind(ParseResult parsed) => new()
    {
        Bundle = parsed.GetRequiredValue(_bundle),
        Target = parsed.GetRequiredValue(_target),
        ParentDirectories = parsed.GetValue(_parents) ?? [],
        Keys = _keys.Bind(parsed),
        Json = parsed.GetValue(_json),
    };
}
