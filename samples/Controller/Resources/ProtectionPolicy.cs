using k8s;
using k8s.Models;

namespace Waybill.Samples.Controller.Resources;

/// <summary>Asks for a recovery point of an application of its namespace every so often.</summary>
public sealed class ProtectionPolicy : IKubernetesObject<V1ObjectMeta>, ISpec<ProtectionPolicySpec>
{
    public const string Plural = "protectionpolicies";

    public string ApiVersion { get; set; } = ApiGroup.Version;

    public string Kind { get; set; } = nameof(ProtectionPolicy);

    public V1ObjectMeta Metadata { get; set; } = new();

    public ProtectionPolicySpec Spec { get; set; } = new();

    public ProtectionPolicyStatus? Status { get; set; }
}

public sealed class ProtectionPolicySpec
{
    /// <summary>What of the namespace is meant: <c>?LABELS</c>, <c>/KIND/NAME</c>, <c>/helm/RELEASE</c>, <c>/app/NAME</c>; empty for all of it.</summary>
    public string Application { get; set; } = "";

    /// <summary>How often, such as <c>6h</c> or <c>1d</c>.</summary>
    public string Every { get; set; } = "1d";

    public bool Paused { get; set; }
}

public sealed class ProtectionPolicyStatus
{
    public string? LastPoint { get; set; }

    public DateTime? NextPoint { get; set; }

    public IList<Condition> Conditions { get; set; } = [];
}
