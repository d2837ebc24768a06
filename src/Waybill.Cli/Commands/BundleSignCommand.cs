using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Rewrite;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle sign</c>: signs a bundle that exists, beside it or in a copy.</summary>
internal sealed class BundleSignCommand
{
    private readonly Argument<string> _bundle = SharedOptions.Bundle();

    private readonly Option<string> _output = new("--out")
    {
        Description = "Write a copy of the bundle with the signatures in it; - is standard output.", HelpName = "FILE",
    };

    private readonly Option<string> _detached = new("--detached")
    {
        Description = "Write the signatures to a file, or add them to it. This is the default, with the name BUNDLE.sig.", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly SignOptions _sign = new();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _json = SharedOptions.Json();

    public static Command Create(CliConsole console) => new BundleSignCommand().Build(console);

    private CliCommand Build(CliConsole console)
    {
        var command = new CliCommand("sign", "Sign a bundle that exists: what it holds, and how it is stored.")
        {
            Examples =
            [
                "waybill bundle sign shop.waybill --sign sign.key",
                "waybill bundle sign shop.waybill --sign sign.key --key vault.key --out shop-signed.waybill",
                "waybill bundle sign shop.waybill --sign certified.key --timestamp-authority http://timestamp.example/",
            ],
            Notes =
            [
                "Everything is verified first: a signature on what nobody looked at says nothing. An encrypted bundle needs a key",
                "that opens everything. The bundle itself is never changed. 'waybill bundle verify --trust' reads BUNDLE.sig too.",
                "A copy is read back and verified before it gets its name.",
            ],
        };
        command.Add(_bundle);
        _sign.AddTo(command);
        command.Add(_output);
        command.Add(_detached);
        _keys.AddTo(command);
        command.Add(_json);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, console, cancellationToken));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CliConsole console, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(_bundle);
        KeyRequest keys = _sign.Bind(parsed, _keys.Bind(parsed));
        if (keys.Signers.Count == 0)
        {
            throw new UsageException("Nobody signs: give a --sign.");
        }

        if (parsed.GetValue(_output) is not { } output)
        {
            return SignBesideAsync(path, parsed.GetValue(_detached), keys, parsed.GetValue(_json), console, cancellationToken);
        }

        if (parsed.GetResult(_detached) is not null)
        {
            throw new UsageException("Signatures go into a copy, --out, or beside the bundle, --detached.");
        }

        var copy = new BundleCopy(console, path, output) { Keys = keys, Done = ("waybill.bundle.sign.v1", "signed"), Json = parsed.GetValue(_json) };
        return copy.RunAsync(
            (source, file, progress) => BundleSigning.SignAsync(source.Source, file, source.Keys.Signers, source.Keys.ToReaderOptions(), progress, cancellationToken),
            cancellationToken);
    }

    private static async Task<int> SignBesideAsync(string path, string? named, KeyRequest keyRequest, bool json, CliConsole console, CancellationToken cancellationToken)
    {
        if (named is "" or "-" || (path == "-" && named is null))
        {
            throw new UsageException("Signatures need a file to go to: give its name with --detached.");
        }

        (path, _) = await NamedBundle.FindAsync(path, [], console, cancellationToken).ConfigureAwait(false);
        StandardInput.RequireOneUse(path == "-", keyRequest.ReadsStandardInput);
        string file = named ?? path + DetachedSignatures.FileExtension;
        using KeyRing keys = await KeyOptions.LoadAsync(keyRequest, console, cancellationToken).ConfigureAwait(false);
        ByteSource source = await BundleInput.OpenSourceAsync(path, console, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            BundleClearHeader header = await BundleClearHeader.ReadAsync(source, cancellationToken).ConfigureAwait(false);
            using (var line = new ProgressLine(console))
            {
                IReadOnlyList<SignedStatement> statements = await BundleSigning.SignDetachedAsync(
                    source, keys.Signers, keys.ToReaderOptions(), new StreamProgress(line), cancellationToken).ConfigureAwait(false);
                await SignatureFile.AddAsync(file, statements, cancellationToken).ConfigureAwait(false);
            }

            string[] signers = [.. keys.Signers.Select(signer => signer.KeyId)];
            if (json)
            {
                var report = new RewriteReport
                {
                    Schema = "waybill.bundle.sign.v1", Source = path, File = file, FileBytes = new FileInfo(file).Length, Bundle = header.Id.ToString(), SignedBy = signers,
                };
                BundleReport.WriteJson(console, report, CliJsonContext.Default.RewriteReport);
            }
            else
            {
                console.Output.WriteLine($"{TerminalText.Escape(file)}: bundle {header.Id} signed by key {string.Join(" and ", signers)}");
            }
        }

        return ExitCode.Done;
    }
}
