using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Rewrite;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle reencrypt</c>: the same bundle under a new key, encrypted at all, or not any more.</summary>
internal sealed class BundleReencryptCommand
{
    private readonly Argument<string> _bundle = SharedOptions.Bundle();
    private readonly Option<string> _output = SharedOptions.Output();
    private readonly EncryptionOptions _encryption = new();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _noSync = SharedOptions.NoSync();
    private readonly Option<bool> _json = SharedOptions.Json();

    public static Command Create(CliConsole console) => new BundleReencryptCommand().Build(console);

    private CliCommand Build(CliConsole console)
    {
        var command = new CliCommand("reencrypt", "Copy a bundle under a new key, or without encryption.")
        {
            Examples =
            [
                "waybill bundle reencrypt shop.waybill --out shop-new.waybill --key old.key --recipient new.pub --recipient escrow.pub",
                "waybill bundle reencrypt plain.waybill --out sealed.waybill --recipient vault.pub --recipient escrow.pub",
                "waybill bundle reencrypt sealed.waybill --out plain.waybill --key vault.key --no-encryption",
            ],
            Notes =
            [
                "The original is verified first and only read. Who has a copy of it can open that as before.",
                "The copy is read back before it gets its name, contents only if a --key opens it too.",
                "Try the copy with 'waybill bundle verify' and one of its recipients' keys before the original goes.",
                "What builds on the bundle builds on the copy too. Signatures of the content hold on; those of the stored bytes are",
                "left out.",
            ],
        };
        command.Add(_bundle);
        command.Add(_output);
        _encryption.AddTo(command);
        _keys.AddTo(command);
        command.Add(_noSync);
        command.Add(_json);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, console, cancellationToken));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CliConsole console, CancellationToken cancellationToken)
    {
        EncryptionRequest encryption = _encryption.Bind(parsed);
        if (encryption.Recipients.Count == 0 && !encryption.NoEncryption)
        {
            throw new UsageException("Say for whom the copy is, --recipient, or that everybody may read it, --no-encryption.");
        }

        var copy = new BundleCopy(console, parsed.GetRequiredValue(_bundle), parsed.GetRequiredValue(_output))
        {
            Keys = _keys.Bind(parsed),
            Encryption = encryption,
            Done = ("waybill.bundle.reencrypt.v1", encryption.NoEncryption ? "NOT encrypted" : "encrypted anew"),
            Durable = !parsed.GetValue(_noSync),
            Json = parsed.GetValue(_json),
        };
        return copy.RunAsync(
            (source, output, progress) => BundleRewriter.ReencryptAsync(
                source.Source, output, encryption.ToEncryption(source.Recipients!), source.Keys.ToReaderOptions(), progress, cancellationToken),
            cancellationToken);
    }
}
