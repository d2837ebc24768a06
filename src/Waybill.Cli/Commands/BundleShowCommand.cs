using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Show;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle show</c>: what a bundle says of itself, at a glance.</summary>
internal sealed class BundleShowCommand
{
    private readonly Argument<string> _bundle = SharedOptions.Bundle();
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
                "ssh vault cat shop.waybill | waybill bundle show -",
            ],
            Notes =
            [
                "Only the end of the bundle and its definitions are read. That what is inside is intact is shown by",
                "'waybill bundle verify'. Of a bundle that is not complete its beginning is shown; the exit code is then 3.",
            ],
        };
        command.Add(_bundle);
        command.Add(_json);
        ReservedOptions.RefuseOn(command, "--key", "--trust");
        command.SetAction((parsed, cancellationToken) => ShowAsync(parsed.GetRequiredValue(_bundle), parsed.GetValue(_json), cancellationToken));
        return command;
    }

    private async Task<int> ShowAsync(string path, bool json, CancellationToken cancellationToken)
    {
        SharedByteSource source = new(await BundleInput.OpenSourceAsync(path, _console, cancellationToken).ConfigureAwait(false));
        await using (source.ConfigureAwait(false))
        {
            BundleReader reader;
            try
            {
                reader = await BundleReader.OpenAsync(source.Lend(), TrustPolicy.AcceptUnsigned, options: null, cancellationToken).ConfigureAwait(false);
            }
            catch (BundleFormatException error) when (error.Code is not (WaybillErrorCode.NotABundle or WaybillErrorCode.UnsupportedVersion or WaybillErrorCode.UnsupportedFeature))
            {
                return await ShowBeginningAsync(path, source, error, json, cancellationToken).ConfigureAwait(false);
            }

            await using (reader.ConfigureAwait(false))
            {
                return await ShowAsync(path, source, reader, json, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<int> ShowAsync(string path, SharedByteSource source, BundleReader reader, bool json, CancellationToken cancellationToken)
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

        Print(Report(path, source, reader.Manifest, complete: true, resources, problem), reader.Manifest, json);
        return Finish(problem);
    }

    // Whose data it is stands at the beginning as well, so that even a piece of a bundle can be told from another.
    private async Task<int> ShowBeginningAsync(string path, SharedByteSource source, BundleFormatException problem, bool json, CancellationToken cancellationToken)
    {
        BundleManifest? prologue = await ReadPrologueAsync(source, cancellationToken).ConfigureAwait(false);
        if (prologue is null)
        {
            throw problem;
        }

        Print(Report(path, source, prologue, complete: false, [], problem), prologue, json);
        return Finish(problem);
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

    private static async Task<BundleManifest?> ReadPrologueAsync(SharedByteSource source, CancellationToken cancellationToken)
    {
        var reader = new BundleStreamReader(source.OpenStream(), TrustPolicy.AcceptUnsigned);
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

    private static ShowReport Report(
        string path, SharedByteSource source, BundleManifest manifest, bool complete, ResourceJson[] resources, BundleFormatException? problem) => new()
    {
        File = path,
        FileBytes = path == "-" ? null : source.Length,
        Complete = complete,
        Problem = ProblemJson.OfOrNull(problem),
        Bundle = BundleJson.Of(manifest),
        Resources = resources,
    };

    private void Print(ShowReport report, BundleManifest manifest, bool json)
    {
        if (json)
        {
            BundleReport.WriteJson(_console, report, CliJsonContext.Default.ShowReport);
        }
        else
        {
            ShowText.Write(_console.Output, manifest, report, _console.Time.GetUtcNow());
        }
    }
}
