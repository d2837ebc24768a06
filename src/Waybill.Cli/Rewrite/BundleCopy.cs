using Waybill.Bundles;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Rewrite;

/// <summary>Copies a bundle with something changed. The copy gets its name when it is complete and was read back; the original is only read.</summary>
internal sealed class BundleCopy(CliConsole console, string path, string output)
{
    public required KeyRequest Keys { get; init; }

    public EncryptionRequest? Encryption { get; init; }

    /// <summary>Gets what was done, as the report's schema and the text name it.</summary>
    public required (string Schema, string Text) Done { get; init; }

    public bool Durable { get; init; } = true;

    public bool Json { get; init; }

    /// <summary>Copies.</summary>
    /// <param name="write">Writes the copy; knows the library.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public async Task<int> RunAsync(Func<BundleCopySource, Stream, IProgress<BundleProgress>, Task> write, CancellationToken cancellationToken)
    {
        if (output == "-" && (Json || console.IsOutputTerminal))
        {
            throw new UsageException(Json ? "--json prints on standard output, where the bundle goes." : "A bundle is not written to a terminal; redirect standard output.");
        }

        (path, _) = await NamedBundle.FindAsync(path, [], console, cancellationToken).ConfigureAwait(false);
        StandardInput.RequireOneUse(path == "-", Keys.ReadsStandardInput, Encryption?.ReadsStandardInput ?? false);
        using KeyRing keys = await KeyOptions.LoadAsync(Keys, console, cancellationToken).ConfigureAwait(false);
        ByteSource source = await BundleInput.OpenSourceAsync(path, console, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            BundleClearHeader header = await BundleClearHeader.ReadAsync(source, cancellationToken).ConfigureAwait(false);
            using RecipientList? recipients = Encryption is null
                ? null
                : await RecipientOptions.LoadAsync(Encryption.Recipients, console, cancellationToken).ConfigureAwait(false);
            BundleOutputFile file = BundleOutputFile.Create(output, console, Durable);
            await using (file.ConfigureAwait(false))
            {
                using (var line = new ProgressLine(console))
                {
                    var progress = new StreamProgress(line);
                    await write(new BundleCopySource(source, keys, recipients), file.Stream, progress).ConfigureAwait(false);
                    await file.PublishVerifiedAsync(keys.ToReaderOptions(), progress, cancellationToken).ConfigureAwait(false);
                }

                Report(new RewriteReport
                {
                    Schema = Done.Schema, Source = path, File = output, FileBytes = file.BytesWritten, Bundle = header.Id.ToString(),
                    SignedBy = [.. keys.Signers.Select(signer => signer.KeyId)],
                });
            }
        }

        return ExitCode.Done;
    }

    private void Report(RewriteReport report)
    {
        if (Json)
        {
            BundleReport.WriteJson(console, report, CliJsonContext.Default.RewriteReport);
            return;
        }

        // The bundle itself may have gone to standard output.
        TextWriter text = output == "-" ? console.Error : console.Output;
        string signers = report.SignedBy.Length == 0 ? "" : $" by key {string.Join(" and ", report.SignedBy)}";
        text.WriteLine($"{TerminalText.Escape(output == "-" ? "bundle" : output)}: {HumanUnits.Size(report.FileBytes)}, {Done.Text}{signers}, bundle {report.Bundle}");
    }
}
