using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Show;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle show</c>: what a bundle says of itself, at a glance.</summary>
internal sealed class BundleShowCommand
{
    private readonly Argument<string> _bundle = SharedOptions.Bundle();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private BundleShowCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new BundleShowCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("show", "Show whose data a bundle holds, from where and when, and what is inside.")
        {
            Examples =
            [
                "waybill bundle show shop.waybill",
                "waybill bundle show shop.waybill --json | jq '.bundle.application'",
                "waybill bundle show shop.waybill --key vault.key",
                "ssh vault cat shop.waybill | waybill bundle show -",
            ],
            Notes =
            [
                "Only the end of the bundle and its definitions are read. That what is inside is intact is shown by",
                "'waybill bundle verify'. Of a bundle that is not complete its beginning is shown; the exit code is then 3.",
                "Of an encrypted bundle without a key that fits is shown what is in the clear, and whose key is needed. None of that is",
                "proved. Signatures are listed and not checked.",
            ],
        };
        command.Add(_bundle);
        command.Add(_json);
        _keys.AddTo(command);
        command.SetAction((parsed, cancellationToken) => ShowAsync(parsed.GetRequiredValue(_bundle), _keys.Bind(parsed), parsed.GetValue(_json), cancellationToken));
        return command;
    }

    private async Task<int> ShowAsync(string path, KeyRequest keyRequest, bool json, CancellationToken cancellationToken)
    {
        (path, _) = await NamedBundle.FindAsync(path, [], _console, cancellationToken).ConfigureAwait(false);
        StandardInput.RequireOneUse(path == "-", keyRequest.ReadsStandardInput);
        using KeyRing keys = await KeyOptions.LoadAsync(keyRequest, _console, cancellationToken).ConfigureAwait(false);
        SharedByteSource source = new(await BundleInput.OpenSourceAsync(path, _console, cancellationToken).ConfigureAwait(false));
        await using (source.ConfigureAwait(false))
        {
            (BundleClearHeader? clear, BundleFormatException? damage) = await ReadClearAsync(source, cancellationToken).ConfigureAwait(false);
            var report = new ShowReport
            {
                File = path,
                FileBytes = path == "-" ? null : source.Length,
                Id = clear?.Id.ToString(),
                Features = [.. clear?.Features ?? []],
                Encryption = clear is { IsEncrypted: true } ? EncryptionJson.Of(clear) : null,
                Signatures = [.. ClaimedSignatureJson.Of(clear?.Statements ?? [])],
            };
            BundleReader reader;
            try
            {
                reader = await BundleReader.OpenAsync(source.Lend(), TrustPolicy.AcceptUnsigned, keys.ToReaderOptions(), cancellationToken).ConfigureAwait(false);
            }
            catch (BundleFormatException error) when (error.Code == WaybillErrorCode.NoMatchingKey && clear is not null)
            {
                return Print(report with { Complete = clear.IsComplete }, null, damage, json);
            }
            catch (BundleFormatException error) when (error.Code is not (WaybillErrorCode.NotABundle or WaybillErrorCode.UnsupportedVersion or WaybillErrorCode.UnsupportedFeature))
            {
                return await ShowBeginningAsync(source, keys, report, error, json, cancellationToken).ConfigureAwait(false);
            }

            await using (reader.ConfigureAwait(false))
            {
                return await ShowAsync(reader, report, json, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<int> ShowAsync(BundleReader reader, ShowReport report, bool json, CancellationToken cancellationToken)
    {
        ResourceJson[] resources = [];
        BundleFormatException? problem = null;
        try
        {
            resources = await ResourceListing.ReadAsync(reader, cancellationToken).ConfigureAwait(false);
        }
        catch (BundleFormatException error)
        {
            problem = error; // what the manifest says can be shown all the same
        }

        report = report with
        {
            Complete = true,
            Resources = resources,
            Encryption = report.Encryption is { } encryption ? encryption with { Opened = JsonText.Of(reader.Scopes) } : null,
        };
        return Print(report, reader.Manifest, problem, json);
    }

    // Whose data it is stands at the beginning as well, so that even a piece of a bundle can be told from another.
    private async Task<int> ShowBeginningAsync(
        SharedByteSource source, KeyRing keys, ShowReport report, BundleFormatException problem, bool json, CancellationToken cancellationToken)
    {
        BundleManifest? prologue = await ReadPrologueAsync(source, keys, cancellationToken).ConfigureAwait(false);
        return prologue is null && report.Encryption is null ? throw problem : Print(report, prologue, problem, json);
    }

    private static async Task<(BundleClearHeader? Clear, BundleFormatException? Problem)> ReadClearAsync(SharedByteSource source, CancellationToken cancellationToken)
    {
        try
        {
            return (await BundleClearHeader.ReadAsync(source.Lend(), cancellationToken).ConfigureAwait(false), null);
        }
        catch (BundleFormatException error)
        {
            return (null, error);
        }
    }

    private int Finish(BundleFormatException? problem)
    {
        if (problem is null)
        {
            return ExitCode.Done;
        }

        _console.Error.WriteLine(TerminalText.Escape(problem.ToDisplayString()));
        return ExitCode.VerificationFailed;
    }

    private static async Task<BundleManifest?> ReadPrologueAsync(SharedByteSource source, KeyRing keys, CancellationToken cancellationToken)
    {
        var reader = new BundleStreamReader(source.OpenStream(), TrustPolicy.AcceptUnsigned, keys.ToReaderOptions());
        await using (reader.ConfigureAwait(false))
        {
            try
            {
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (BundleFormatException)
            {
                // The prologue may have been read before the damage.
            }

            return reader.Prologue;
        }
    }

    private int Print(ShowReport report, BundleManifest? manifest, BundleFormatException? problem, bool json)
    {
        report = report with { Problem = ProblemJson.OfOrNull(problem), Bundle = manifest is null ? null : BundleJson.Of(manifest) };
        if (json)
        {
            BundleReport.WriteJson(_console, report, CliJsonContext.Default.ShowReport);
        }
        else if (manifest is null)
        {
            SealedText.Write(_console.Output, report);
        }
        else
        {
            ShowText.Write(_console.Output, manifest, report, _console.Time.GetUtcNow());
        }

        return Finish(problem);
    }
}
