using k8s;
using k8s.Models;

namespace Waybill.Samples.Controller.Resources;

/// <summary>Asks for an application of a point. Requests count in the namespace of the controller only.</summary>
public sealed class RestoreRequest : IKubernetesObject<V1ObjectMeta>, ISpec<RestoreRequestSpec>
{
    public const string Plural = "restorerequests";

    public string ApiVersion { get; set; } = ApiGroup.Version;

    public string Kind { get; set; } = nameof(RestoreRequest);

    public V1ObjectMeta Metadata { get; set; } = new();

    public RestoreRequestSpec Spec { get; set; } = new();

    public RestoreRequestStatus? Status { get; set; }
}

public sealed class RestoreRequestSpec
{
    /// <summary>The name of a bundle in the store.</summary>
    public string Bundle { get; set; } = "";

    /// <summary>The namespace to restore to; empty for the request's own.</summary>
    public string ToNamespace { get; set; } = "";

    /// <summary>Which storage class becomes which.</summary>
    public IDictionary<string, string> StorageClasses { get; set; } = new Dictionary<string, string>();

    /// <summary><c>Fail</c>, <c>Skip</c>, <c>Update</c> or <c>Replace</c>.</summary>
    public string Existing { get; set; } = nameof(Kubernetes.ExistingObjects.Fail);
}

public sealed class RestoreRequestStatus
{
    public int? Restored { get; set; }

    public int? Claims { get; set; }

    /// <summary>What could not be restored, and why.</summary>
    public IList<string>? Problems { get; set; }

    public DateTime? Started { get; set; }

    public DateTime? Finished { get; set; }

    public IList<Condition> Conditions { get; set; } = [];
}
