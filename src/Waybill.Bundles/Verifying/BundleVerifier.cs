using System.Collections.Immutable;
using Waybill.Bundles.Chains;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;
using Waybill.Bundles.Verifying;

namespace Waybill.Bundles;

/// <summary>Checks bundles as a whole: every record, every cell, every entry, and that they agree with each other.</summary>
/// <remarks>
/// Without a demand for signatures this finds damage, not a forger who rewrote the whole bundle (specification section 14). With a key that opens a part of an encrypted bundle
/// that part is checked, and of the rest how it is stored; <see cref="VerificationReport.IsContentVerified"/> is then false. <see cref="WaybillErrorCode.NoMatchingKey"/> or
/// <see cref="WaybillErrorCode.KeyServiceFailed"/> is thrown if no key opens it at all.
/// </remarks>
public static class BundleVerifier
{
    /// <summary>Checks one bundle from anything that can be read front to back. What it inherits is not checked.</summary>
    /// <param name="input">The bundle; read to its end, not disposed.</param>
    /// <param name="name">A name for the report.</param>
    /// <param name="policy">What is demanded of the signature, and whom to trust. Required: whoever accepts unsigned bundles writes so.</param>
    /// <param name="options">Limits and keys; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives totals; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was found; problems of the bundle are in the report, not thrown.</returns>
    public static async Task<VerificationReport> VerifyAsync(
        Stream input, string name, TrustPolicy policy, BundleReaderOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(policy);
        (VerificationReport report, _) = await ScanAsync(input, name, policy, options ?? new BundleReaderOptions(), tracksStored: true, progress, cancellationToken).ConfigureAwait(false);
        return report;
    }

    /// <summary>Checks a chain: each bundle as a whole, the links between them, and masked cells once they are filled in.</summary>
    /// <param name="chain">The chain; stays the caller's.</param>
    /// <param name="policy">What is demanded of the newest bundle's signature; its manifest vouches for those it builds on, and whom to trust. Required: whoever accepts unsigned bundles writes so.</param>
    /// <param name="progress">Receives totals; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was found; problems of the bundles are in the report, not thrown.</returns>
    public static async Task<VerificationReport> VerifyAsync(BundleChain chain, TrustPolicy policy, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ArgumentNullException.ThrowIfNull(policy);
        ImmutableArray<VerificationReport>.Builder parents = ImmutableArray.CreateBuilder<VerificationReport>();
        VerificationReport? newest = null;
        for (int i = 0; i < chain.Bundles.Count; i++)
        {
            BundleReader bundle = chain.Bundles[i];
            var input = new ByteSourceStream(bundle.Source);
            await using (input.ConfigureAwait(false))
            {
                bool tracksStored = bundle.HasStoredRoot || policy.Statements.HasFlag(StatementKinds.Storage) || bundle.Statements.Any(s => s.Kind == StatementKinds.Storage);
                (VerificationReport report, VerifySink sink) = await ScanAsync(
                    input, bundle.Name, i == 0 ? policy : TrustPolicy.AcceptUnsigned, bundle.Options, tracksStored, progress, cancellationToken).ConfigureAwait(false);
                if (report.IsValid && i == 0)
                {
                    report = report with { Problem = await ProveContentAsync(chain, sink, cancellationToken).ConfigureAwait(false) };
                }

                if (i == 0)
                {
                    newest = report;
                }
                else
                {
                    parents.Add(report);
                }
            }
        }

        return newest! with { Parents = parents.ToImmutable(), ParentsChecked = true };
    }

    /// <summary>Checks how a bundle is stored, without a key: every record and its place, checksums, the stored root, and statements about the stored bytes.</summary>
    /// <remarks>What the bundle holds is not looked at. A content statement proves nothing here: without a key nobody sees whether the manifest is the one it names.</remarks>
    /// <param name="input">The bundle; read to its end, not disposed.</param>
    /// <param name="name">A name for the report.</param>
    /// <param name="policy">What is demanded of statements about stored bytes, whatever kinds it names, and whom to trust.</param>
    /// <param name="options">Limits; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was found, without a manifest; problems of the bundle are in the report, not thrown.</returns>
    public static async Task<VerificationReport> VerifyStorageAsync(
        Stream input, string name, TrustPolicy policy, BundleReaderOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(policy);
        options ??= new BundleReaderOptions();
        options.Validate();
        using var records = new RecordReader(input, tracksStored: true);
        var scan = new StorageScan(records);
        WaybillException? problem = null;
        SignatureReport? signatures = null;
        try
        {
            BundleFacts facts = await scan.RunAsync(progress, cancellationToken).ConfigureAwait(false);
            TrustPolicy storage = policy.IsSignatureRequired ? policy.WithStatements(StatementKinds.Storage) : policy;
            signatures = SignatureEvaluation.Evaluate(storage, facts, [.. scan.Statements.Concat(options.DetachedStatements).Where(s => s.Kind == StatementKinds.Storage)]);
            problem = signatures.Problem is { } objection ? WithName(objection, name) : null;
        }
        catch (WaybillException e)
        {
            problem = WithName(e, name);
        }

        return new VerificationReport
        {
            Name = name,
            IsComplete = scan.IsComplete,
            Problem = problem,
            Signatures = signatures,
            Records = records.RecordCount,
            BundleBytes = records.Offset,
        };
    }

    /// <summary>Checks one bundle where it lies. What it inherits is not checked.</summary>
    /// <param name="source">Where the bundle lies; not disposed.</param>
    /// <param name="policy">What is demanded of the signature, and whom to trust.</param>
    /// <param name="options">Limits and keys; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was found; problems of the bundle are in the report, not thrown.</returns>
    public static Task<VerificationReport> VerifyAsync(
        ByteSource source, TrustPolicy policy, BundleReaderOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return VerifyAsync(new ByteSourceStream(source), source.Name, policy, options, progress, cancellationToken);
    }

    /// <summary>Checks how a bundle is stored, where it lies, without a key.</summary>
    /// <param name="source">Where the bundle lies; not disposed.</param>
    /// <param name="policy">What is demanded of the signature, and whom to trust.</param>
    /// <param name="options">Limits and keys; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was found; problems of the bundle are in the report, not thrown.</returns>
    public static Task<VerificationReport> VerifyStorageAsync(
        ByteSource source, TrustPolicy policy, BundleReaderOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return VerifyStorageAsync(new ByteSourceStream(source), source.Name, policy, options, progress, cancellationToken);
    }

    private static async Task<(VerificationReport Report, VerifySink Sink)> ScanAsync(
        Stream input, string name, TrustPolicy policy, BundleReaderOptions options, bool tracksStored, IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        using var scanner = new BundleScanner(input, options, tracksStored, passesClosed: true);
        var sink = new VerifySink();
        var scan = new ParallelScan(scanner, sink, options.Workers);
        WaybillException? problem = null;
        try
        {
            await scan.RunAsync(progress, cancellationToken).ConfigureAwait(false);
        }
        catch (WaybillException e) when (e.Code is not (WaybillErrorCode.NoMatchingKey or WaybillErrorCode.KeyServiceFailed))
        {
            // A key that is missing, or a service that does not answer, says nothing about the bundle.
            problem = WithName(e, name);
        }

        SignatureReport? signatures = scanner.IsComplete ? SignatureEvaluation.Evaluate(policy, scanner.Facts!, [.. scanner.Statements, .. options.DetachedStatements]) : null;
        if (signatures?.Problem is { } objection)
        {
            problem ??= WithName(objection, name);
        }

        var report = new VerificationReport
        {
            Name = name,
            IsComplete = scanner.IsComplete,
            Problem = problem,
            Signatures = signatures,
            Stored = scanner.Facts?.Storage,
            Manifest = scanner.Manifest,
            Scopes = scanner.Scopes,
            UncheckedStreams = [.. scanner.Streams.Where(s => s.Closed is not null).Select(s => s.Info)],
            Records = scanner.RecordCount,
            Cells = scan.Cells,
            ContentBytes = scan.ContentBytes,
            BundleBytes = scanner.Offset,
        };
        return (report, sink);
    }

    private static async Task<WaybillException?> ProveContentAsync(BundleChain chain, VerifySink sink, CancellationToken cancellationToken)
    {
        try
        {
            foreach (StreamInfo info in chain.Manifest.Streams.Where(s => s.HasParent && OpensAll(chain, s)))
            {
                ResolvedStream stream = chain.OpenResolved(info);
                await using (stream.ConfigureAwait(false))
                {
                    // A content root proves every cell; without one those are proved that state a digest.
                    if (!info.ContentRoot.IsDefault)
                    {
                        await ContentProof.CheckAsync(stream, cancellationToken).ConfigureAwait(false);
                    }
                    else if (sink.ProvableStreams.Contains(info.Number))
                    {
                        await ProveMaskedCellsAsync(stream, cancellationToken).ConfigureAwait(false);
                    }
                }
            }

            return null;
        }
        catch (WaybillException e)
        {
            return WithName(e, chain.Bundles[0].Name);
        }
    }

    private static bool OpensAll(BundleChain chain, StreamInfo stream)
    {
        int scope = (int)SealScopes.Of(stream.Kind);
        return chain.Bundles.TakeWhile((b, i) => i == 0 || b.Manifest.Streams.Any(s => s.Id == stream.Id)).All(b => ((int)b.Scopes & scope) != 0);
    }

    private static async Task ProveMaskedCellsAsync(ResolvedStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[stream.Info.CellSize];
        await foreach (ByteRange cell in stream.ListMaskedCellsAsync(cancellationToken).ConfigureAwait(false))
        {
            // Reading a whole cell checks its digest.
            await stream.ReadAsync(cell.Offset, buffer.AsMemory(0, (int)cell.Length), cancellationToken).ConfigureAwait(false);
        }
    }

    private static WaybillException WithName(WaybillException e, string name) => (e, e.ObjectName) switch
    {
        (_, not null) => e,
        (BundleFormatException, _) => new BundleFormatException(e.Code, e.Message, e) { ObjectName = name, Offset = e.Offset, Hint = e.Hint },
        (ProviderException p, _) => new ProviderException(p.Code, p.Provider, p.Message, p)
        {
            ObjectName = name, Offset = p.Offset, Hint = p.Hint, IsTransient = p.IsTransient, VendorCode = p.VendorCode,
        },
        _ => new WaybillException(e.Code, e.Message, e) { ObjectName = name, Offset = e.Offset, Hint = e.Hint, IsTransient = e.IsTransient },
    };
}
