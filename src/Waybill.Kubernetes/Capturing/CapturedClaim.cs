namespace Waybill.Kubernetes;

/// <summary>A claim of storage in the application, with the volume it is bound to. An empty text means not known.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Name">The name.</param>
public sealed record CapturedClaim(string Namespace, string Name)
{
    /// <summary>Gets the UID of the claim.</summary>
    public string Uid { get; init; } = "";

    /// <summary>Gets the storage class.</summary>
    public string StorageClass { get; init; } = "";

    /// <summary>Gets whether the application uses it as a file system or as a device: <c>Filesystem</c> or <c>Block</c>.</summary>
    public string VolumeMode { get; init; } = "";

    /// <summary>Gets the size in the words of the cluster, such as <c>10Gi</c>.</summary>
    public string Capacity { get; init; } = "";

    /// <summary>Gets the name of the PersistentVolume.</summary>
    public string Volume { get; init; } = "";

    /// <summary>Gets the CSI driver.</summary>
    public string Driver { get; init; } = "";

    /// <summary>Gets the driver's name of the volume.</summary>
    public string Handle { get; init; } = "";

    /// <summary>Gets the file system in it.</summary>
    public string FileSystem { get; init; } = "";
}
