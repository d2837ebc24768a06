namespace Waybill.Kubernetes;

/// <summary>Where the objects that storage consists of are in the API.</summary>
internal static class ClusterPaths
{
    private const string Snapshots = "/apis/snapshot.storage.k8s.io/v1";

    public const string Volumes = "/api/v1/persistentvolumes";
    public const string StorageClasses = "/apis/storage.k8s.io/v1/storageclasses";
    public const string SnapshotClasses = Snapshots + "/volumesnapshotclasses";
    public const string SnapshotContents = Snapshots + "/volumesnapshotcontents";

    /// <summary>Where the cluster tells in which versions it serves groups of snapshots.</summary>
    public const string GroupApi = "/apis/groupsnapshot.storage.k8s.io";

    /// <summary>The claims of a namespace, or of all if it is empty.</summary>
    public static string Claims(string objectNamespace) => $"/api/v1{In(objectNamespace)}/persistentvolumeclaims";

    public static string VolumeSnapshots(string objectNamespace) => $"{Snapshots}{In(objectNamespace)}/volumesnapshots";

    public static string GroupSnapshots(string version, string objectNamespace) => $"{GroupApi}/{version}{In(objectNamespace)}/volumegroupsnapshots";

    public static string GroupSnapshotClasses(string version) => $"{GroupApi}/{version}/volumegroupsnapshotclasses";

    public static string GroupSnapshotContents(string version) => $"{GroupApi}/{version}/volumegroupsnapshotcontents";

    public static string Jobs(string objectNamespace) => $"/apis/batch/v1{In(objectNamespace)}/jobs";

    public static string Secrets(string objectNamespace) => $"/api/v1{In(objectNamespace)}/secrets";

    public static string Events(string objectNamespace) => $"/api/v1{In(objectNamespace)}/events";

    public static string Pods(string objectNamespace) => $"/api/v1{In(objectNamespace)}/pods";

    public static string BackupService(string driver) => $"/apis/backup.waybill/v1/backupservices/{driver}";

    public static string SnapshotMetadataService(string version, string driver) => $"/apis/cbt.storage.k8s.io/{version}/snapshotmetadataservices/{driver}";

    /// <summary>Those of a list that have a label.</summary>
    public static string WithLabel(string listPath, string label, string value) => $"{listPath}?labelSelector={Uri.EscapeDataString($"{label}={value}")}";

    private static string In(string objectNamespace) => objectNamespace.Length == 0 ? "" : $"/namespaces/{objectNamespace}";
}
