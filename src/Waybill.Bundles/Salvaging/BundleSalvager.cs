using Waybill.Bundles.Chains;
using Waybill.Bundles.Salvaging;

namespace Waybill.Bundles;

/// <summary>Finds what is left of a damaged or unfinished bundle. Never changes it.</summary>
/// <remarks>
/// Specification section 12. What matches its own digest is present; what a stream root proves too is verified. Unknown ranges are reported and
/// never filled with zeros.
/// </remarks>
public static partial class BundleSalvager
{
    /// <summary>Reads all of a bundle, whatever its state, and reports what is left.</summary>
    /// <param name="source">Where the bundle lies; stays the caller's, and must stay open as long as content is read through the report.</param>
    /// <param name="options">Limits and keys; the defaults if <see langword="null"/>. The keys stay the caller's and are not needed after the call.</param>
    /// <param name="progress">Receives totals.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>What is left, which the caller disposes; damage is in the report, not thrown.</returns>
    /// <exception cref="BundleFormatException">
    /// <see cref="WaybillErrorCode.NotABundle"/>: there is nothing of a bundle. <see cref="WaybillErrorCode.UnsupportedVersion"/> or
    /// <see cref="WaybillErrorCode.UnsupportedFeature"/>: it needs another reader.
    /// </exception>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: no part of the source could be read.</exception>
    public static Task<SalvageReport> ScanAsync(
        ByteSource source, BundleReaderOptions? options = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        options ??= new BundleReaderOptions();
        options.Validate();
        return new SalvageScan(source, options).RunAsync(progress, cancellationToken);
    }

    /// <summary>Opens what is left of a stream.</summary>
    /// <param name="report">The report that lists the stream; its source must still be open.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="parent">The bundle that <see cref="SalvageReport.Parent"/> names with everything it builds on, to fill in inherited ranges; they stay missing without it.</param>
    /// <returns>The content; the caller disposes it, before <paramref name="parent"/>.</returns>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.ParentMismatch"/>: <paramref name="parent"/> is not what the stream was made against.</exception>
    public static SalvagedContent OpenStream(SalvageReport report, SalvagedStream stream, BundleChain? parent = null)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(stream);
        if (!report.Streams.Contains(stream))
        {
            throw new ArgumentException("The stream belongs to another report.", nameof(stream));
        }

        ResolvedStream? inherited = null;
        if (parent is not null && stream.Header is { HasParent: true } header)
        {
            StreamInfo? origin = parent.Manifest.Streams.FirstOrDefault(s => s.Id == header.Id);
            if (origin is null || origin.Root != header.ParentRoot || origin.VirtualLength != header.ParentLength)
            {
                throw new BundleFormatException(WaybillErrorCode.ParentMismatch, $"The stream '{header.Name}' was not made against the bundle {parent.Manifest.Id}")
                {
                    ObjectName = report.Name,
                    Hint = "A parent is the exact bundle the child was made against; look for it by id.",
                };
            }

            inherited = parent.OpenResolved(origin);
        }

        return new SalvagedContent(report, stream, inherited);
    }

    /// <summary>Opens the bundle that a damaged one builds on, with everything that one builds on.</summary>
    /// <param name="report">The report on the damaged bundle.</param>
    /// <param name="locator">Finds bundles.</param>
    /// <param name="options">Limits; the defaults if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The chain, which the caller disposes; <see langword="null"/> if the bundle builds on none, or what says on which is lost.</returns>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.ParentMissing"/>, or what opening it reports.</exception>
    public static async Task<BundleChain?> OpenParentAsync(
        SalvageReport report, BundleLocator locator, BundleReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(locator);
        options ??= new BundleReaderOptions();
        options.Validate();
        if (report.Parent is not { } link)
        {
            return null;
        }

        BundleReader parent = await BundleChain.FindParentAsync(report.Name, options, link, locator, cancellationToken).ConfigureAwait(false);
        return await BundleChain.OpenAsync(parent, locator, cancellationToken).ConfigureAwait(false);
    }
}
