namespace Waybill.Local;

/// <summary>Where things are in a pool. The layout is described in docs/decisions/0024-local-platform-on-bundles.md.</summary>
internal sealed class PoolLayout
{
    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public PoolLayout(string directory)
    {
        Directory = Path.GetFullPath(directory);
        Volumes = Path.Join(Directory, "volumes");
        Snapshots = Path.Join(Directory, "snapshots");
        Trees = Path.Join(Directory, "trees");
        TreeSnapshots = Path.Join(Directory, "tree-snapshots");
        Owners = Path.Join(Directory, "owners");
        Database = Path.Join(Directory, "state.db");
    }

    public string Directory { get; }

    public string Volumes { get; }

    public string Snapshots { get; }

    public string Trees { get; }

    public string TreeSnapshots { get; }

    public string Owners { get; }

    public string Database { get; }

    public string GetVolumePath(string id, VolumeKind kind) => kind == VolumeKind.Block ? Path.Join(Volumes, id + ".img") : Path.Join(Trees, id);

    public string GetSnapshotPath(string id, VolumeKind kind) => kind == VolumeKind.Block ? Path.Join(Snapshots, id + ".img") : Path.Join(TreeSnapshots, id);

    /// <summary>Makes the directories that are missing.</summary>
    public void Make(string provider)
    {
        try
        {
            foreach (string path in (ReadOnlySpan<string>)[Directory, Volumes, Snapshots, Trees, TreeSnapshots, Owners])
            {
                if (!OperatingSystem.IsWindows())
                {
                    System.IO.Directory.CreateDirectory(path, PrivateMode);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.ProviderFailed, provider, $"The directory of the pool cannot be made: {e.Message}", e)
            {
                ObjectName = Directory,
            };
        }
    }
}
