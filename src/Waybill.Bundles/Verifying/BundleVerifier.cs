using System.Collections.Immutable;
using Waybill.Bundles.Chains;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Verifying;

namespace Waybill.Bundles;

/// <summary>Checks bundles as a whole: every record, every cell, every entry, and that they agree with each other.</summary>
/// <remarks>Without signatures this finds damage, not a forger who rewrote the whole bundle (specification section 14).</remarks>
public static class BundleVerifier
{
    /// <summary>Checks one bundle from anything that can be read front to back. What it inherits is not checked.</summary>
    /// <param name="input">The bundle; read to its end, not disposed.</param>
    /// <param name="name">A name for the report.</param>
    /// <param name="options">Limits; the defaults if <see langword="null"/>.</param>
    /// <param name="progress">Receives totals; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was found; problems of the bundle are in the report, not thrown.</returns>
    public static async Task<VerificationReport> VerifyAsync(
        Stream input, string name, BundleReaderOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(name);
        (VerificationReport report, _) = await ScanAsync(input, name, options ?? new BundleReaderOptions(), progress, cancellationToken).ConfigureAwait(false);
        return report;
    }

    /// <summary>Checks a chain: each bundle as a whole, the links between them, and masked cells once they are filled in.</summary>
    /// <param name="chain">The chain; stays the caller's.</param>
    /// <param name="progress">Receives totals; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What was found; problems of the bundles are in the report, not thrown.</returns>
    public static async Task<VerificationReport> VerifyAsync(BundleChain chain, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chain);
        ImmutableArray<VerificationReport>.Builder parents = ImmutableArray.CreateBuilder<VerificationReport>();
        VerificationReport? newest = null;
        for (int i = 0; i < chain.Bundles.Count; i++)
        {
            BundleReader bundle = chain.Bundles[i];
            var input = new ByteSourceStream(bundle.Source);
            await using (input.ConfigureAwait(false))
            {
                (VerificationReport report, VerifySink sink) = await ScanAsync(input, bundle.Name, bundle.Options, progress, cancellationToken).ConfigureAwait(false);
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

    private static async Task<(VerificationReport Report, VerifySink Sink)> ScanAsync(
        Stream input, string name, BundleReaderOptions options, IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        using var scanner = new BundleScanner(input, options);
        var sink = new VerifySink();
        var scan = new ParallelScan(scanner, sink, options.Workers);
        WaybillException? problem = null;
        try
        {
            await scan.RunAsync(progress, cancellationToken).ConfigureAwait(false);
        }
        catch (WaybillException e) when (e.Code is not (WaybillErrorCode.NoMatchingKey or WaybillErrorCode.ScopeMissing))
        {
            // A key that is missing says nothing about the bundle.
            problem = WithName(e, name);
        }

        var report = new VerificationReport
        {
            Name = name,
            IsComplete = scanner.IsComplete,
            Problem = problem,
            Manifest = scanner.Manifest,
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
            foreach (StreamInfo info in chain.Manifest.Streams.Where(s => s.HasParent))
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
