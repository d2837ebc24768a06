namespace Waybill.Samples.Definitions;

/// <summary>Says by what a definition names a volume.</summary>
public enum DefinedVolumeKind
{
    /// <summary>By its name in Docker: <c>shop_data</c>.</summary>
    DockerVolume = 0,

    /// <summary>By a path of the host: <c>/srv/shop</c>.</summary>
    HostPath = 1,

    /// <summary>By a file system of EFS with an access point, <c>fs-1/fsap-2</c>, or a directory, <c>fs-1:/shop</c>.</summary>
    Efs = 2,

    /// <summary>By a file system of FSx for Windows and a directory: <c>fs-1:\shop</c>.</summary>
    Fsx = 3,

    /// <summary>By nothing but the container and the path in it, <c>web:/data</c>; Docker gives it a name at random.</summary>
    Anonymous = 4,

    /// <summary>By its name in the task definition; the service says what it is when a task starts (EBS).</summary>
    AtLaunch = 5,

    /// <summary>By its name in the task definition; it ends with its task.</summary>
    Ephemeral = 6,

    /// <summary>By the container and the path in it; it is memory, a pipe or content of an image.</summary>
    NotKept = 7,
}
