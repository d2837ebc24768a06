using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill key new</c>: private keys in a new file.</summary>
internal sealed class KeyNewCommand
{
    private readonly Option<string> _output = new("--out") { Description = "The file to write, readable by its owner only.", HelpName = "FILE", Required = true };

    private readonly Option<string> _kind = new("--kind")
    {
        Description = "What the key is for: encrypt, sign, or both (default), which makes two keys in one file.", HelpName = "KIND",
    };

    private readonly PassphraseOptions _passphrase = new("--passphrase", "that will protect the file");
    private readonly CliConsole _console;

    private KeyNewCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new KeyNewCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("new", "Make private keys: to open bundles, to sign them, or both.")
        {
            Examples =
            [
                "waybill key new --out vault.key --passphrase",
                "waybill key new --out signer.key --kind sign --passphrase-file /run/secrets/signer",
            ],
            Notes =
            [
                "The file must not exist. Whoever has it, and its passphrase if there is one, can open the bundles made for it;",
                "without it nobody can: keep a copy where the bundles are not. Machines that only write need its public part,",
                "which 'waybill key public' prints.",
            ],
        };
        command.Add(_output);
        command.Add(_kind);
        _passphrase.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(parsed.GetRequiredValue(_output), Purposes(parsed.GetValue(_kind)), _passphrase.Bind(parsed), cancellationToken));
        return command;
    }

    private static KeyPurposes Purposes(string? kind) => kind switch
    {
        null or "both" => KeyPurposes.All,
        "encrypt" => KeyPurposes.Encryption,
        "sign" => KeyPurposes.Signing,
        _ => throw new UsageException($"--kind is encrypt, sign or both, not '{kind}'."),
    };

    private async Task<int> RunAsync(string path, KeyPurposes purposes, PassphraseSource? source, CancellationToken cancellationToken)
    {
        if (path is "" or "-")
        {
            throw new UsageException("--out needs the name of a file: private keys are not printed.");
        }

        // Before anyone types a passphrase. What counts is the check when the file gets its name.
        if (Path.Exists(path))
        {
            throw new ProviderException(WaybillErrorCode.TargetExists, "file", "The target exists already and is not overwritten")
            {
                ObjectName = path, Hint = "Choose another name. Before you remove it: without its keys nobody opens the bundles made for them.",
            };
        }

        char[] passphrase = source is null ? [] : await source.ReadAsync(_console, path, isNew: true, cancellationToken).ConfigureAwait(false);
        try
        {
            if (source is not null && passphrase.Length == 0)
            {
                throw new WaybillException(WaybillErrorCode.KeyInvalid, "The passphrase is empty") { Hint = "Leave --passphrase away to store the key as it is." };
            }

            using KeyFile file = KeyFile.Generate(purposes);
            await file.SaveAsync(path, passphrase, cancellationToken).ConfigureAwait(false);
            KeyText.Write(_console.Output, path, file);
            return ExitCode.Done;
        }
        finally
        {
            Array.Clear(passphrase);
        }
    }
}
