using k8s;
using k8s.Models;

namespace Waybill.Samples.Controller.Resources;

/// <summary>Is made, and then stands for, a recovery point. To delete it does not delete the bundle.</summary>
public sealed class RecoveryPoint : IKubernetesObject<V1ObjectMeta>, ISpec<RecoveryPointSpec>
{
    public const string Plural = "recoverypoints";

    public string ApiVersion { get; set; } = ApiGroup.Version;

    public string Kind { get; set; } = nameof(RecoveryPoint);

    public V1ObjectMeta Metadata { get; set; } = new();

    public RecoveryPointSpec Spec { get; set; } = new();

    public RecoveryPointStatus? Status { get; set; }
}

public sealed class RecoveryPointSpec
{
    /// <inheritdoc cref="ProtectionPolicySpec.Application"/>
    public string Application { get; set; } = "";
}

public sealed class RecoveryPointStatus
{
    /// <summary>The name of the bundle in the store.</summary>
    public string? Bundle { get; set; }

    public string? BundleId { get; set; }

    public string? Consistency { get; set; }

    /// <summary>How large the bundle is, in bytes.</summary>
    public long? Bytes { get; set; }

    public int? Objects { get; set; }

    public int? Volumes { get; set; }

    /// <summary>What belongs to the application and is not in the point.</summary>
    public IList<string>? Gaps { get; set; }

    public DateTime? Started { get; set; }

    public DateTime? Finished { get; set; }

    public IList<Condition> Conditions { get; set; } = [];
}
