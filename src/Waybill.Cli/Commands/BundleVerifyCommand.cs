using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle verify</c>: reads every byte and says whether a restore from here would be right.</summary>
internal sealed class BundleVerifyCommand
{
    private readonly Argument<string> _bundle = SharedOptions.Bundle();
    private readonly Option<string[]> _parents = SharedOptions.Parents();

    private readonly Option<bool> _alone = new("--alone")
    {
        Description = "Check this bundle only; what it inherits from its parents is not checked.",
    };

    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly CliConsole _console;

    private BundleVerifyCommand(CliConsole console) => _console = console;

    public static Command Create(CliConsole console) => new BundleVerifyCommand(console).Build();

    private CliCommand Build()
    {
        var command = new CliCommand("verify", "Check every byte of a bundle and of all it builds on.")
        {
            Examples =
            [
                "waybill bundle verify tue.waybill",
                "waybill bundle verify tue.waybill --parents /vault/2026-01",
                "ssh vault cat tue.waybill | waybill bundle verify - --alone",
            ],
            Notes =
            [
                "Exit code 0: everything is intact and complete. 3: something is damaged or incomplete; the first thing found is",
                "named, and 'waybill bundle salvage' lists all. 1: the check could not be finished, for example because a",
                "parent is missing.",
                "Without signatures this finds damage, not somebody who rewrote a whole bundle.",
            ],
        };
        command.Add(_bundle);
        command.Add(_parents);
        command.Add(_alone);
        command.Add(_json);
        ReservedOptions.RefuseOn(command, "--key", "--trust");
        command.SetAction((parsed, cancellationToken) => VerifyAsync(
            parsed.GetRequiredValue(_bundle), parsed.GetValue(_parents) ?? [], parsed.GetValue(_alone), parsed.GetValue(_json), cancellationToken));
        return command;
    }

    private async Task<int> VerifyAsync(string path, string[] parents, bool alone, bool json, CancellationToken cancellationToken)
    {
        if (alone && parents.Length > 0)
        {
            throw new UsageException("--alone leaves parents out, --parents says where they are: give one of them.");
        }

        VerificationReport report;
        WaybillException? parentsProblem = null;
        using (var line = new ProgressLine(_console))
        {
            var progress = new StreamProgress(line);
            (BundleChain? chain, parentsProblem) = path == "-" || alone
                ? (null, null)
                : await TryOpenChainAsync(path, parents, cancellationToken).ConfigureAwait(false);
            report = chain is null
                ? await VerifyAloneAsync(path, progress, cancellationToken).ConfigureAwait(false)
                : await VerifyChainAsync(chain, progress, cancellationToken).ConfigureAwait(false);
        }

        if (parentsProblem is null && report is { IsValid: true, ParentsChecked: false, Manifest.IsIncremental: true } && !alone)
        {
            parentsProblem = new WaybillException(WaybillErrorCode.ParentMissing, "A bundle from standard input is checked without its parents")
            {
                ObjectName = report.Name,
                Hint = "give it as a file, or say that this is enough with --alone",
            };
        }

        return Report(report, report.IsValid ? parentsProblem : null, json);
    }

    // A bundle that cannot be opened at random is still read front to back, so that the report can say how far it is intact.
    private async Task<(BundleChain? Chain, WaybillException? Problem)> TryOpenChainAsync(string path, string[] parents, CancellationToken cancellationToken)
    {
        try
        {
            return (await BundleInput.OpenChainAsync(path, parents, _console, cancellationToken).ConfigureAwait(false), null);
        }
        catch (BundleFormatException error)
        {
            return (null, error);
        }
    }

    private async Task<VerificationReport> VerifyAloneAsync(string path, StreamProgress progress, CancellationToken cancellationToken)
    {
        (Stream input, string name) = BundleInput.OpenSequential(path, _console);
        await using (input.ConfigureAwait(false))
        {
            return await BundleVerifier.VerifyAsync(input, name, TrustPolicy.AcceptUnsigned, options: null, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<VerificationReport> VerifyChainAsync(BundleChain chain, StreamProgress progress, CancellationToken cancellationToken)
    {
        await using (chain.ConfigureAwait(false))
        {
            return await BundleVerifier.VerifyAsync(chain, TrustPolicy.AcceptUnsigned, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private int Report(VerificationReport report, WaybillException? parentsProblem, bool json)
    {
        bool valid = report.IsValid && parentsProblem is null;
        if (json)
        {
            var document = new VerifyReport
            {
                Valid = valid,
                Checked = report.ParentsChecked ? "chain" : "bundle",
                ParentsProblem = ProblemJson.OfOrNull(parentsProblem),
                Bundle = VerifiedBundleJson.Of(report),
                Parents = [.. report.Parents.Select(VerifiedBundleJson.Of)],
            };
            BundleReport.WriteJson(_console, document, CliJsonContext.Default.VerifyReport);
        }
        else
        {
            WriteText(report);
        }

        foreach (VerificationReport part in report.Parents.Prepend(report))
        {
            WriteProblem(part.Problem);
        }

        WriteProblem(parentsProblem);
        return !report.IsValid ? CodeOf(report)
            : parentsProblem is null ? ExitCode.Done
            : CliApplication.CodeOf(parentsProblem);
    }

    // A bundle that could not be read is not proved wrong; one that is wrong stays so, whatever else could not be read.
    private static int CodeOf(VerificationReport report)
    {
        WaybillException[] problems = [.. report.Parents.Prepend(report).Select(part => part.Problem).OfType<WaybillException>()];
        return problems.Length > 0 && problems.All(problem => CliApplication.CodeOf(problem) == ExitCode.Failed) ? ExitCode.Failed : ExitCode.VerificationFailed;
    }

    private void WriteText(VerificationReport report)
    {
        foreach (VerificationReport part in report.Parents.Prepend(report))
        {
            string state = (part.IsComplete, part.Problem is null) switch
            {
                (true, true) => "complete and intact",
                (true, false) => "complete but NOT INTACT",
                (false, _) when part.Problem?.Code is WaybillErrorCode.Incomplete => "INCOMPLETE",
                (false, _) when part.Problem is ProviderException => "NOT CHECKED to its end",
                _ => "NOT INTACT",
            };
            _console.Output.WriteLine($"{TerminalText.Escape(part.Name)}: {state}");
            if (part.Manifest is { } manifest)
            {
                _console.Output.WriteLine($"  {TerminalText.Escape(manifest.Application.Name)}, {HumanUnits.Moment(manifest.Created)}, bundle {manifest.Id}");
            }

            _console.Output.WriteLine(
                $"  checked {HumanUnits.Size(part.ContentBytes)} of content in {HumanUnits.Count(part.Cells, "cell", "cells")}, "
                + $"{HumanUnits.Size(part.BundleBytes)} of bundle in {HumanUnits.Count(part.Records, "record", "records")}");
        }

        if (report.Parents.Prepend(report).Any(part => part.Problem is BundleFormatException { Code: not (WaybillErrorCode.NotABundle or WaybillErrorCode.UnsupportedVersion or WaybillErrorCode.UnsupportedFeature) }))
        {
            // Behind the first problem nothing was checked, so one line must not pass for all that is wrong.
            _console.Output.WriteLine("  checked up to the first problem only; 'waybill bundle salvage FILE --to DIR' finds all and saves the rest");
        }

        if (report.Manifest is { Parent: { } parent } && !report.ParentsChecked)
        {
            _console.Output.WriteLine($"  NOT checked: what it inherits from bundle {parent.Id}");
        }
    }

    private void WriteProblem(WaybillException? problem)
    {
        if (problem is not null)
        {
            _console.Error.WriteLine(TerminalText.Escape(problem.ToDisplayString()));
        }
    }
}
