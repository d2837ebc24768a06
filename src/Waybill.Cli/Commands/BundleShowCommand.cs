using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Show;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle show</c>: what a bundle says of itself, at a glance.</summary>
internal static class BundleShowCommand
{
    public static Command Create(CliConsole console)
    {
        Argument<string> bundle = SharedOptions.Bundle();
        Option<bool> json = SharedOptions.Json();
        var command = new CliCommand("show", "Show whose data a bundle holds, from where and when, and what is inside.")
        {
            Examples =
            [
                "waybill bundle show shop.waybill",
                "waybill bundle show shop.waybill --json | jq '.bundle.application'",
                "ssh vault cat shop.waybill | waybill bundle show -",
            ],
            Notes = ["Only the end of the bundle and its definitions are read. That what is inside is intact is shown by 'waybill bundle verify'."],
        };
        command.Add(bundle);
        command.Add(json);
        ReservedOptions.RefuseOn(command, "--key", "--trust");
        command.SetAction((parsed, cancellationToken) =>
            ShowAsync(parsed.GetRequiredValue(bundle), parsed.GetValue(json), console, cancellationToken));
        return command;
    }

    private static async Task<int> ShowAsync(string path, bool json, CliConsole console, CancellationToken cancellationToken)
    {
        BundleReader reader = await BundleInput.OpenAsync(path, console, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            var report = new ShowReport
            {
                File = path,
                FileBytes = path == "-" ? null : reader.Length,
                Complete = true,
                Bundle = BundleJson.Of(reader.Manifest),
                Resources = await ResourceListing.ReadAsync(reader, cancellationToken).ConfigureAwait(false),
            };
            if (json)
            {
                BundleReport.WriteJson(console, report, CliJsonContext.Default.ShowReport);
            }
            else
            {
                ShowText.Write(console.Output, reader.Manifest, report, console.Time.GetUtcNow());
            }

            return ExitCode.Done;
        }
    }
}
