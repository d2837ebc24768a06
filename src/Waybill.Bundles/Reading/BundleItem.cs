namespace Waybill.Bundles;

/// <summary>One step of reading a bundle front to back.</summary>
public abstract record BundleItem
{
    private BundleItem()
    {
    }

    /// <summary>A stream begins; its length and root are not known yet.</summary>
    /// <param name="Stream">What is known of it.</param>
    public sealed record StreamStarted(StreamInfo Stream) : BundleItem;

    /// <summary>A range of a stream, verified. The ranges of one stream ascend and leave no gap; streams may alternate.</summary>
    /// <param name="Stream">The stream.</param>
    /// <param name="Range">The range.</param>
    /// <param name="State">What it holds.</param>
    /// <param name="Data">The bytes, for <see cref="ContentState.Data"/> only; borrowed until the next read or disposal.</param>
    public sealed record Content(StreamInfo Stream, ByteRange Range, ContentState State, ReadOnlyMemory<byte> Data) : BundleItem;

    /// <summary>A stream has ended and its root matched.</summary>
    /// <param name="Stream">What its end says of it.</param>
    public sealed record StreamEnded(StreamInfo Stream) : BundleItem;

    /// <summary>The manifest; it agrees with all that was read. The bundle is complete only when the reader then ends.</summary>
    /// <param name="Manifest">The manifest.</param>
    public sealed record ManifestReached(BundleManifest Manifest) : BundleItem;
}
