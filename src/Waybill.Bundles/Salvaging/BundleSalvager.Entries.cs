using Waybill.Bundles.Resources;
using Waybill.Bundles.Salvaging;

namespace Waybill.Bundles;

/// <content>Entries: definitions and files.</content>
public static partial class BundleSalvager
{
    /// <summary>Lists the definitions that are left.</summary>
    /// <param name="report">The report that lists the stream; its source must still be open.</param>
    /// <param name="stream">A stream of resources or Secrets.</param>
    /// <returns>The objects, byte for byte as they were backed up, in restore order.</returns>
    public static SalvagedEntries<ResourceObject> ReadResources(SalvageReport report, SalvagedStream stream)
    {
        Require(report, stream, stream?.Kind is StreamKind.Resources or StreamKind.Secrets);
        bool secrets = stream!.Kind == StreamKind.Secrets;
        return new SalvagedEntries<ResourceObject>(report, stream, entry =>
        {
            try
            {
                return ResourceCodec.Decode(entry.Meta.Span, entry.Body, secrets, entry.Place);
            }
            catch (BundleFormatException)
            {
                return null;
            }
        });
    }

    /// <summary>Lists the files that are left of a tree; their directories may be among what is lost.</summary>
    /// <param name="report">The report that lists the stream; its source must still be open.</param>
    /// <param name="stream">The tree's stream of entries.</param>
    /// <returns>The entries in the format's order.</returns>
    public static SalvagedEntries<FileTreeEntry> ReadFileEntries(SalvageReport report, SalvagedStream stream)
    {
        Require(report, stream, stream?.Kind == StreamKind.FileMeta);
        long dataLength = report.FindStream(StreamKind.FileData, stream!.Name!)?.VirtualLength ?? long.MaxValue;
        FilePath? previous = null;
        return new SalvagedEntries<FileTreeEntry>(report, stream, entry =>
        {
            try
            {
                FileTreeEntry file = FileEntryCodec.Decode(entry.Meta.Span, dataLength, entry.Place);
                if (previous is { } before && file.Path <= before)
                {
                    // Out of order, so it is not an entry of this tree.
                    return null;
                }

                previous = file.Path;
                return file;
            }
            catch (BundleFormatException)
            {
                return null;
            }
        });
    }

    /// <summary>Restores what is left of a tree. Lost directories above what is left are made anew, for their owner only.</summary>
    /// <param name="report">The report on the bundle; its source must still be open.</param>
    /// <param name="name">The name of the tree.</param>
    /// <param name="target">Where it goes; stays the caller's.</param>
    /// <param name="parent">The bundle that <see cref="SalvageReport.Parent"/> names, to fill in inherited content.</param>
    /// <param name="progress">Receives totals as content is written.</param>
    /// <param name="cancellationToken">Ends the call early; the target is then partly written.</param>
    /// <returns>What was restored and what is missing.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.StreamNotFound"/>: no entry of the tree is left; or what writing reports.</exception>
    public static Task<SalvagedTreeResult> RestoreFilesAsync(
        SalvageReport report, string name, FileTreeTarget target, BundleChain? parent = null, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(target);
        SalvagedStream entries = report.FindStream(StreamKind.FileMeta, name)
            ?? throw new WaybillException(WaybillErrorCode.StreamNotFound, $"Nothing is left of the entries of a file tree '{name}'") { ObjectName = report.Name };
        return new FileTreeSalvage(report, entries, target, parent).RunAsync(progress, cancellationToken);
    }

    private static void Require(SalvageReport report, SalvagedStream? stream, bool kindFits)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(stream);
        if (!kindFits || !report.Streams.Contains(stream))
        {
            throw new ArgumentException("The stream is of another kind or belongs to another report.", nameof(stream));
        }
    }
}
