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
    private readonly CopyOptions _copy = new();
    private readonly EncryptionOptions _encryption = new();

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
        _copy.AddTo(command, _encryption.AddTo);
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

        BundleCopy copy = _copy.Bind(
            parsed, console, encryption, ("waybill.bundle.reencrypt.v1", encryption.NoEncryption ? "NOT encrypted" : "encrypted anew"));
        return copy.RunAsync(
            (source, output, progress) => BundleRewriter.ReencryptAsync(
                source.Source, output, encryption.ToEncryption(source.Recipients!), source.Keys.ToReaderOptions(), progress, cancellationToken),
            cancellationToken);
    }
}
