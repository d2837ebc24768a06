namespace Waybill.Kubernetes;

/// <summary>What is written on the objects that are made here, so that they are found again.</summary>
internal static class ClusterMarks
{
    public const string ManagedBy = "app.kubernetes.io/managed-by";
    public const string Waybill = "waybill";

    /// <summary>The label with the digest of the name that was asked for, which may be no label itself.</summary>
    public const string NameDigest = "backup.waybill/name-digest";

    /// <summary>The label of snapshots that are made to read a volume as it is now, and removed with that.</summary>
    public const string Temporary = "backup.waybill/temporary";

    /// <summary>The annotation with the name that was asked for.</summary>
    public const string Name = "backup.waybill/name";

    /// <summary>The annotation with all that was asked for, to tell one request from another.</summary>
    public const string Request = "backup.waybill/request";
}
