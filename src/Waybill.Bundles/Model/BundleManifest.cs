using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>What a bundle says of itself: whose data it holds, from when, how consistent, in which streams, and on what it builds.</summary>
/// <remarks>Specification section 7. It is a copy; changing it is not possible and would change no bundle.</remarks>
public sealed record BundleManifest
{
    /// <summary>Gets the identity of the bundle.</summary>
    public required BundleId Id { get; init; }

    /// <summary>Gets the digest over the stored manifest, by which children name this bundle.</summary>
    public Digest Digest { get; init; }

    /// <summary>Gets when the backup was begun.</summary>
    public required Timestamp Created { get; init; }

    /// <summary>Gets what wrote the bundle.</summary>
    public required WriterIdentity Writer { get; init; }

    /// <summary>Gets whose data this is.</summary>
    public required ApplicationIdentity Application { get; init; }

    /// <summary>Gets the place in the protection chain.</summary>
    public required Lineage Lineage { get; init; }

    /// <summary>Gets the bundle this one builds on; <see langword="null"/> for a full bundle.</summary>
    public ParentLink? Parent { get; init; }

    /// <summary>Gets the streams in the order of their numbers.</summary>
    public required ImmutableArray<StreamInfo> Streams { get; init; }

    /// <summary>Gets how consistent which streams are.</summary>
    public ImmutableArray<ConsistencyGroup> Groups { get; init; } = [];

    /// <summary>Gets the tags, ordered by key, source and source reference.</summary>
    public ImmutableArray<Tag> Tags { get; init; } = [];

    /// <summary>Gets whether the bundle builds on another one.</summary>
    public bool IsIncremental => Parent is not null;

    /// <summary>Finds a stream by what it holds and its name.</summary>
    /// <param name="kind">The kind of stream.</param>
    /// <param name="name">Its name.</param>
    /// <returns>The stream, or <see langword="null"/>.</returns>
    public StreamInfo? FindStream(StreamKind kind, string name)
    {
        foreach (StreamInfo stream in Streams)
        {
            if (stream.Kind == kind && string.Equals(stream.Name, name, StringComparison.Ordinal))
            {
                return stream;
            }
        }

        return null;
    }
}
