using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Rewrite;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle rewrap</c>: other recipients for an encrypted bundle.</summary>
internal sealed class BundleRewrapCommand
{
    private readonly CopyOptions _copy = new();
    private readonly RecipientOptions _recipients = new();

    public static Command Create(CliConsole console) => new BundleRewrapCommand().Build(console);

    private CliCommand Build(CliConsole console)
    {
        var command = new CliCommand("rewrap", "Copy an encrypted bundle for other recipients, under the same keys.")
        {
            Examples =
            [
                "waybill bundle rewrap shop.waybill --out shop-new.waybill --key old.key --recipient new.pub --recipient escrow.pub",
            ],
            Notes =
            [
                "Fast: contents are copied as they are. It takes nothing back from whoever could open the original;",
                "'waybill bundle reencrypt' makes a copy under a new key. The original is verified first and only read.",
                "The copy is read back before it gets its name, contents only if a --key opens it too.",
                "The copy has the recipients given and no others. Try it with 'waybill bundle verify' and one of their keys",
                "before the original goes. Signatures of the content hold on; those of the stored bytes are left out.",
            ],
        };
        _copy.AddTo(command, _recipients.AddTo);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, console, cancellationToken));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CliConsole console, CancellationToken cancellationToken)
    {
        RecipientRequest recipients = _recipients.Bind(parsed);
        if (recipients.Count == 0)
        {
            throw new UsageException("Nobody could open the copy: give a --recipient.");
        }

        BundleCopy copy = _copy.Bind(
            parsed, console, new EncryptionRequest(recipients, ShowPublicTags: false, NoEncryption: false), ("waybill.bundle.rewrap.v1", "same keys, other recipients"));
        return copy.RunAsync(
            (source, output, progress) => BundleRewriter.RewrapAsync(
                source.Source, output, source.Recipients!.Recipients, source.Keys.ToReaderOptions(), progress, cancellationToken),
            cancellationToken);
    }
}
