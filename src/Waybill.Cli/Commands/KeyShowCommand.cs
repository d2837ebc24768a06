using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill key show</c>: what a key file holds, without anything secret.</summary>
internal sealed class KeyShowCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "The key file or certificate." };
    private readonly PassphraseOptions _passphrase = new("--passphrase", "that opens the file");
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private KeyShowCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new KeyShowCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("show", "Show what keys a file holds: what for, of what kind, with which ids.")
        {
            Examples =
            [
                "waybill key show vault.key",
                "waybill key show vault.pub --json | jq -r '.keys[].id'",
            ],
            Notes =
            [
                "An id is the beginning of SHA-256 of the public key. Compare it over another channel before you trust a key.",
                "The id of a locked key is what the file says; nothing proves it before the key is opened.",
            ],
        };
        command.Add(_file);
        _passphrase.AddTo(command);
        command.Add(_json);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetRequiredValue(_file), _passphrase.Bind(parsed), parsed.GetValue(_json), cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(string path, PassphraseSource? source, bool json, CancellationToken cancellationToken)
    {
        using KeyFile file = await KeyFile.LoadAsync(path, cancellationToken).ConfigureAwait(false);
        if (source is not null)
        {
            char[] passphrase = await source.ReadAsync(_console, path, isNew: false, cancellationToken).ConfigureAwait(false);
            try
            {
                file.Unlock(passphrase);
            }
            finally
            {
                Array.Clear(passphrase);
            }
        }

        if (json)
        {
            BundleReport.WriteJson(_console, KeyShowReport.Of(path, file), CliJsonContext.Default.KeyShowReport);
        }
        else
        {
            KeyText.Write(_console.Output, path, file);
        }

        return ExitCode.Done;
    }
}
