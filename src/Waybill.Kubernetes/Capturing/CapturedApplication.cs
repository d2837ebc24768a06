using System.Collections.Immutable;
using Waybill.Engine;

namespace Waybill.Kubernetes;

/// <summary>
/// An application as it was in a cluster: its objects byte for byte, what they have to do with each other, and what could not be read. The bytes lie in
/// temporary files; they and all that refers to them are valid until this is disposed.
/// </summary>
public sealed class CapturedApplication : IDisposable
{
    private readonly ResourceSpool _spool;

    internal CapturedApplication(ResourceSpool spool) => _spool = spool;

    /// <summary>Gets the name people use: the text of the selector.</summary>
    public required string Name { get; init; }

    /// <summary>Gets where it ran.</summary>
    public required Origin Origin { get; init; }

    /// <summary>Gets the version of the cluster, such as <c>v1.36.2</c>; empty if it did not say.</summary>
    public string ClusterVersion { get; init; } = "";

    /// <summary>Gets when reading began.</summary>
    public required Timestamp Begun { get; init; }

    /// <summary>Gets when reading ended.</summary>
    public required Timestamp Ended { get; init; }

    /// <summary>Gets the objects in the order in which they can be created again.</summary>
    public required ImmutableArray<CapturedObject> Objects { get; init; }

    /// <summary>Gets what the objects have to do with each other, by their places in <see cref="Objects"/>.</summary>
    public ImmutableArray<ObjectRelation> Relations { get; init; } = [];

    /// <summary>Gets the labels and annotations of objects that no other owns, as tags.</summary>
    public ImmutableArray<Tag> Tags { get; init; } = [];

    /// <summary>Gets how many labels and annotations were too long, or too many, to be tags. They are in the objects.</summary>
    public int TagsLeftOut { get; init; }

    /// <summary>Gets the images that its pods ran, ordered by name.</summary>
    public ImmutableArray<CapturedImage> Images { get; init; } = [];

    /// <summary>Gets its claims of storage, in the order of the objects.</summary>
    public ImmutableArray<CapturedClaim> Claims { get; init; } = [];

    /// <summary>Gets the volumes behind its claims whose data the storage of the cluster can hand over. What is behind the other claims is among the gaps.</summary>
    public ImmutableArray<ProtectedVolume> Volumes { get; init; } = [];

    /// <summary>Gets data that it uses outside of the cluster.</summary>
    public ImmutableArray<ExternalData> ExternalData { get; init; } = [];

    /// <summary>Gets what may belong to it and is not here.</summary>
    public ImmutableArray<CaptureGap> Gaps { get; init; } = [];

    /// <summary>Gets the kinds that were left out because they tell of the moment only, such as events.</summary>
    public ImmutableArray<string> Excluded { get; init; } = [];

    /// <summary>Gets how many bytes the objects have.</summary>
    public long Length => Objects.Sum(captured => (long)captured.Resource.Content.Length);

    /// <summary>Makes of it what the engine protects: the objects, behind a document that tells all the rest of it.</summary>
    /// <param name="name">The name under which the engine keeps its points; <see cref="Name"/> if empty.</param>
    /// <returns>The application, with the volumes of <see cref="Volumes"/>. It is valid until this is disposed.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.LimitExceeded"/>: there are more than a million objects.</exception>
    public ProtectedApplication ToProtectedApplication(string name = "") => new(name is { Length: > 0 } ? name : Name)
    {
        Origin = Origin,
        Tags = Tags,
        Volumes = Volumes,
        Resources = [.. CaptureDocument.Write(this), .. Objects.Select(captured => captured.Resource)],
    };

    /// <summary>Gives the bytes back.</summary>
    public void Dispose() => _spool.Dispose();
}
