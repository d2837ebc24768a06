using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill key public</c>: what may be given to everybody.</summary>
internal sealed class KeyPublicCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "The key file." };
    private readonly PassphraseOptions _passphrase = new("--passphrase", "that opens the file");
    private readonly CliConsole _console;

    private KeyPublicCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new KeyPublicCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("public", "Print the public part of the keys in a file.")
        {
            Examples = ["waybill key public vault.key > vault.pub"],
            Notes =
            [
                "The output is PEM. Whoever has it can make bundles for the owner of the key and check what the owner signed,",
                "and nothing else. A passphrase is asked for if it is needed.",
            ],
        };
        command.Add(_file);
        _passphrase.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetRequiredValue(_file), _passphrase.Bind(parsed), cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(string path, PassphraseSource? source, CancellationToken cancellationToken)
    {
        char[]? passphrase = source is null ? null : await source.ReadAsync(_console, path, isNew: false, cancellationToken).ConfigureAwait(false);
        try
        {
            using KeyFile file = await KeyFiles.OpenAsync(path, passphrase, _console, cancellationToken).ConfigureAwait(false);
            await _console.Output.WriteAsync(file.ToPublicPem().AsMemory(), cancellationToken).ConfigureAwait(false);
            return ExitCode.Done;
        }
        finally
        {
            Array.Clear(passphrase ?? []);
        }
    }
}
