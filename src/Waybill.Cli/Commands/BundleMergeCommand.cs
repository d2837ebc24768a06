using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle merge</c>: one bundle out of several that build on each other.</summary>
internal sealed class BundleMergeCommand
{
    private readonly Argument<string[]> _bundles = new("BUNDLE")
    {
        Description = "The bundles to merge, in any order; each builds on another of them, but for the oldest.", Arity = new ArgumentArity(2, 1024),
    };

    private readonly Option<string> _output = new("--out") { Description = "The bundle to write; - is standard output.", HelpName = "FULL", Required = true };
    private readonly EncryptionOptions _encryption = new();
    private readonly SignOptions _sign = new();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _noSync = SharedOptions.NoSync();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private BundleMergeCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new BundleMergeCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("merge", "Make one bundle of several that build on each other.")
        {
            Examples =
            [
                "waybill bundle merge mon.waybill tue.waybill wed.waybill --out wed-full.waybill",
                "waybill bundle merge tue.waybill wed.waybill --out tue-wed.waybill",
                "waybill bundle merge mon.waybill tue.waybill --out full.waybill --key vault.key --recipient vault.pub --recipient escrow.pub",
            ],
            Notes =
            [
                "The result is the same recovery point as the newest of them. If the oldest is full, so is the result;",
                "otherwise it builds on what the oldest builds on.",
                "Bundles made against one of those merged still need that one: a parent is named by its digest.",
                "The result is read back and verified before it gets its name; unless it goes to standard output.",
                "The result has recipients and signatures of its own, none of those of the bundles merged.",
            ],
        };
        command.Add(_bundles);
        command.Add(_output);
        command.Add(_noSync);
        command.Add(_json);
        _encryption.AddTo(command);
        _sign.AddTo(command);
        _keys.AddTo(command);
        command.SetAction(MergeAsync);
        return command;
    }

    private async Task<int> MergeAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string[] paths = parsed.GetRequiredValue(_bundles);
        string outputPath = parsed.GetRequiredValue(_output);
        bool json = parsed.GetValue(_json);
        EncryptionRequest encryption = _encryption.Bind(parsed);
        KeyRequest keyRequest = _sign.Bind(parsed, _keys.Bind(parsed));
        StandardInput.RequireOneUse(encryption.ReadsStandardInput, keyRequest.ReadsStandardInput);
        if (outputPath == "-" && (json || _console.IsOutputTerminal))
        {
            throw new UsageException(json ? "--json prints on standard output, where the bundle goes." : "A bundle is not written to a terminal; redirect standard output.");
        }

        if (paths.Contains("-"))
        {
            throw new UsageException("Bundles to be merged are files: they are read at several places.");
        }

        using KeyRing keys = await KeyOptions.LoadAsync(keyRequest, _console, cancellationToken).ConfigureAwait(false);
        var bundles = new List<BundleReader>();
        try
        {
            foreach (string name in paths)
            {
                (string path, _) = await NamedBundle.FindAsync(name, [], _console, cancellationToken).ConfigureAwait(false);
                bundles.Add(await BundleInput.OpenAsync(path, _console, TrustPolicy.AcceptUnsigned, keys.ToReaderOptions(), cancellationToken).ConfigureAwait(false));
            }

            bundles.ForEach(encryption.RequireFor);
            using RecipientList recipients = await RecipientOptions.LoadAsync(encryption.Recipients, _console, cancellationToken).ConfigureAwait(false);
            BundleOutputFile output = BundleOutputFile.Create(outputPath, _console, durable: !parsed.GetValue(_noSync));
            await using (output.ConfigureAwait(false))
            {
                BundleManifest manifest;
                using (var line = new ProgressLine(_console))
                {
                    var options = new BundleWriterOptions
                    {
                        LeaveOpen = true,
                        TimeProvider = _console.Time,
                        Writer = new WriterIdentity("waybill", CliApplication.Version, "default"),
                        Encryption = encryption.ToEncryption(recipients),
                        Signers = keys.Signers,
                    };
                    var progress = new StreamProgress(line);
                    manifest = await BundleMerger.MergeAsync(NewestFirst(bundles), output.Stream, options, progress, cancellationToken).ConfigureAwait(false);
                    await output.PublishVerifiedAsync(keys.ToReaderOptions(), progress, cancellationToken).ConfigureAwait(false);
                }

                BundleReport.WriteMerged(_console, outputPath, output.BytesWritten, manifest, json);
            }

            return ExitCode.Done;
        }
        finally
        {
            foreach (BundleReader bundle in bundles)
            {
                await bundle.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static List<BundleReader> NewestFirst(List<BundleReader> bundles)
    {
        var rest = new List<BundleReader>(bundles);
        BundleReader[] heads = [.. bundles.Where(bundle => !bundles.Any(other => other.Manifest.Parent?.Id == bundle.Manifest.Id))];
        if (heads.Length != 1)
        {
            throw new WaybillException(
                WaybillErrorCode.MergeRefused,
                heads.Length == 0 ? "The bundles build on each other in a circle" : $"The bundles are not one chain: {string.Join(" and ", heads.Select(head => $"'{head.Name}'"))} are both the newest")
            {
                Hint = "'waybill bundle show' says what each builds on",
            };
        }

        var ordered = new List<BundleReader> { heads[0] };
        rest.Remove(heads[0]);
        while (rest.Count > 0)
        {
            BundleReader? parent = rest.Find(bundle => bundle.Manifest.Id == ordered[^1].Manifest.Parent?.Id);
            if (parent is null)
            {
                throw new WaybillException(WaybillErrorCode.MergeRefused, $"'{ordered[^1].Name}' does not build on any of the other bundles")
                {
                    Hint = "name bundles that follow each other directly; 'waybill bundle show' says what each builds on",
                };
            }

            ordered.Add(parent);
            rest.Remove(parent);
        }

        return ordered;
    }
}
