using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>How objects of a point become objects of a cluster.</summary>
public sealed record ResourceRestoreRequest
{
    /// <summary>Gets the namespaces objects go to, by those they come from; what is not named keeps its own.</summary>
    public ImmutableDictionary<string, string> Namespaces { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Gets the storage classes claims ask for, by those they asked for; an empty one is the default of the cluster.</summary>
    public ImmutableDictionary<string, string> StorageClasses { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Gets what the names of images begin with, by what they began with; the longest that fits counts.</summary>
    public ImmutableDictionary<string, string> Images { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Gets changes beyond these, carried out last and in their order.</summary>
    public ImmutableArray<ObjectPatch> Patches { get; init; } = [];

    /// <summary>Gets what happens to objects that exist and differ.</summary>
    /// <value>The default is <see cref="ExistingObjects.Fail"/>.</value>
    public ExistingObjects Existing { get; init; }

    /// <summary>Gets whether that counts for objects outside of namespaces too, which others may share. If not, existing ones stay as they are.</summary>
    public bool ChangeSharedObjects { get; init; }

    /// <summary>Gets whether ports of nodes and addresses of Services are kept. They may be taken.</summary>
    public bool KeepAddresses { get; init; }

    /// <summary>Gets the name under which fields are owned in the cluster.</summary>
    /// <value>The default is <c>waybill</c>.</value>
    public string FieldManager { get; init; } = "waybill";

    /// <summary>Gets how long to wait for a kind to be served, or for a deleted object to be gone.</summary>
    /// <value>The default is 1 minute.</value>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets the claims that data follows, by NAMESPACE/NAME in the cluster.</summary>
    internal ImmutableDictionary<string, ClaimPreparation> Claims { get; init; } = ImmutableDictionary<string, ClaimPreparation>.Empty;
}
