using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.Catalogs;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Json;
using Waybill.Cli.Keys;
using Waybill.Cli.Shared;
using Waybill.Cli.Terminal;
using Waybill.Cli.Verify;

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

    private readonly KeyOptions _keys = new();
    private readonly TrustOptions _trust = new();

    private readonly Option<bool> _requireStorage = new("--require-storage")
    {
        Description = "Demand that the stored bytes are signed too, not only the content.",
    };

    private readonly Option<bool> _storageOnly = new("--storage-only")
    {
        Description = "Without any key: check the stored bytes and who signed those, not what they hold.",
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
                "waybill bundle verify tue.waybill --key vault.key --trust sign.pub",
                "waybill bundle verify tue.waybill --storage-only --trust sign.pub",
                "ssh vault cat tue.waybill | waybill bundle verify - --alone",
            ],
            Notes =
            [
                "Exit code 0: everything is intact and complete. 3: something is damaged or incomplete; the first thing found is",
                "named, and 'waybill bundle salvage' lists all. 1: the check could not be finished, for example because a",
                "parent or a key is missing.",
                "A key that opens a part checks that part; what it does not open is named as not checked.",
                "Without --trust this finds damage, not somebody who rewrote a whole bundle: signatures are listed and not believed.",
                "With it, a bundle that no trusted key signed ends with 3. Its signature vouches for all that it builds on.",
                "--storage-only is for whoever keeps bundles and cannot open them: --trust then asks for signatures of the stored",
                "bytes. It says nothing about contents or parents; somebody with a key still has to verify those.",
            ],
        };
        command.Add(_bundle);
        command.Add(_parents);
        command.Add(_alone);
        command.Add(_json);
        _keys.AddTo(command);
        _trust.AddTo(command);
        command.Add(_requireStorage);
        command.Add(_storageOnly);
        command.SetAction(VerifyAsync);
        return command;
    }

    private async Task<int> VerifyAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string path = parsed.GetRequiredValue(_bundle);
        string[] parents = parsed.GetValue(_parents) ?? [];
        bool alone = parsed.GetValue(_alone);
        TrustRequest trust = _trust.Bind(parsed) with { RequiresStorage = parsed.GetValue(_requireStorage) };
        if (trust is { RequiresStorage: true, IsDemanded: false })
        {
            throw new UsageException("--require-storage says what must be signed; --trust or --trust-root says by whom.");
        }

        if (alone && parents.Length > 0)
        {
            throw new UsageException("--alone leaves parents out, --parents says where they are: give one of them.");
        }

        KeyRequest keys = _keys.Bind(parsed);
        bool storageOnly = parsed.GetValue(_storageOnly);
        if (storageOnly && (parents.Length > 0 || alone || trust.RequiresStorage || keys.IsGiven))
        {
            throw new UsageException("--storage-only needs no keys, looks at this bundle alone, and asks for signatures of the stored bytes anyway: leave the others out.");
        }

        (path, IReadOnlyList<string> places) = await NamedBundle.FindAsync(path, parents, _console, cancellationToken).ConfigureAwait(false);
        parents = [.. places];
        using BundleAccess access = await BundleAccess.LoadAsync(path, keys, trust, _console, cancellationToken).ConfigureAwait(false);
        if (storageOnly)
        {
            return await VerifyStorageAsync(path, access, parsed.GetValue(_json), cancellationToken).ConfigureAwait(false);
        }

        VerificationReport report;
        WaybillException? parentsProblem = null;
        using (var line = new ProgressLine(_console))
        {
            var progress = new StreamProgress(line);
            (BundleChain? chain, parentsProblem) = path == "-" || alone
                ? (null, null)
                : await TryOpenChainAsync(path, parents, access.Options, cancellationToken).ConfigureAwait(false);
            report = chain is null
                ? await VerifyAloneAsync(path, access, progress, cancellationToken).ConfigureAwait(false)
                : await VerifyChainAsync(chain, access.Policy, progress, cancellationToken).ConfigureAwait(false);
        }

        if (parentsProblem is null && report is { IsValid: true, ParentsChecked: false, Manifest.IsIncremental: true } && !alone)
        {
            parentsProblem = new WaybillException(WaybillErrorCode.ParentMissing, "A bundle from standard input is checked without its parents")
            {
                ObjectName = report.Name,
                Hint = "give it as a file, or say that this is enough with --alone",
            };
        }

        return Report(report, report.IsValid ? parentsProblem : null, access.Policy.IsSignatureRequired, parsed.GetValue(_json));
    }

    private async Task<int> VerifyStorageAsync(string path, BundleAccess access, bool json, CancellationToken cancellationToken)
    {
        VerificationReport report;
        (Stream input, string name) = BundleInput.OpenSequential(path, _console);
        await using (input.ConfigureAwait(false))
        {
            using var line = new ProgressLine(_console);
            report = await BundleVerifier.VerifyStorageAsync(input, name, access.Policy, access.Options, new StreamProgress(line), cancellationToken).ConfigureAwait(false);
        }

        if (json)
        {
            BundleReport.WriteJson(_console, VerifyReport.OfStorage(report, access.Policy.IsSignatureRequired), CliJsonContext.Default.VerifyReport);
        }
        else
        {
            StorageText.Write(_console.Output, report, access.Policy.IsSignatureRequired);
        }

        WriteProblem(report.Problem);
        return report.IsValid ? ExitCode.Done : CodeOf(report);
    }

    // A bundle that cannot be opened at random is still read front to back, so that the report can say how far it is intact.
    private async Task<(BundleChain? Chain, WaybillException? Problem)> TryOpenChainAsync(
        string path, string[] parents, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        try
        {
            // What is demanded of signatures is asked when everything was read, so that the report is as full as it can be.
            return (await BundleInput.OpenChainAsync(path, parents, _console, TrustPolicy.AcceptUnsigned, options, cancellationToken).ConfigureAwait(false), null);
        }
        catch (WaybillException error) when (error is BundleFormatException { Code: not (WaybillErrorCode.NoMatchingKey or WaybillErrorCode.ScopeMissing) }
            || error.Code == WaybillErrorCode.SignatureInvalid)
        {
            return (null, error);
        }
    }

    private async Task<VerificationReport> VerifyAloneAsync(string path, BundleAccess access, StreamProgress progress, CancellationToken cancellationToken)
    {
        (Stream input, string name) = BundleInput.OpenSequential(path, _console);
        await using (input.ConfigureAwait(false))
        {
            return await BundleVerifier.VerifyAsync(input, name, access.Policy, access.Options, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<VerificationReport> VerifyChainAsync(BundleChain chain, TrustPolicy policy, StreamProgress progress, CancellationToken cancellationToken)
    {
        await using (chain.ConfigureAwait(false))
        {
            return await BundleVerifier.VerifyAsync(chain, policy, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    private int Report(VerificationReport report, WaybillException? parentsProblem, bool isDemanded, bool json)
    {
        bool valid = report.IsValid && parentsProblem is null;
        if (json)
        {
            var document = new VerifyReport
            {
                Valid = valid,
                ContentVerified = valid && report.IsContentVerified,
                Checked = report.ParentsChecked ? "chain" : "bundle",
                ParentsProblem = ProblemJson.OfOrNull(parentsProblem),
                Bundle = VerifiedBundleJson.Of(report),
                Signatures = report.Signatures is { } signatures ? SignaturesJson.Of(signatures, isDemanded) : null,
                Parents = [.. report.Parents.Select(VerifiedBundleJson.Of)],
            };
            BundleReport.WriteJson(_console, document, CliJsonContext.Default.VerifyReport);
        }
        else
        {
            VerifyText.Write(_console.Output, report, isDemanded);
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

    private void WriteProblem(WaybillException? problem)
    {
        if (problem is not null)
        {
            _console.Error.WriteLine(TerminalText.Escape(problem.ToDisplayString()));
        }
    }
}
