namespace Waybill.Samples.Definitions;

/// <summary>Says which volumes of platforms the volumes of definitions are. Only exact entries count: a part of a file system is not the whole of it.</summary>
public sealed class VolumeTable
{
    private readonly Dictionary<(DefinedVolumeKind Kind, string Source), PlatformVolume> _entries = [];

    /// <summary>Gets the number of entries.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds a volume of Docker.</summary>
    /// <param name="name">Its name in Docker, which for Compose usually begins with the project's: <c>shop_data</c>.</param>
    /// <param name="provider">The platform it lives on.</param>
    /// <param name="volume">Its name there.</param>
    /// <returns>This table.</returns>
    public VolumeTable AddDockerVolume(string name, string provider, VolumeId volume) => Add(DefinedVolumeKind.DockerVolume, name, provider, volume);

    /// <summary>Adds a file, directory or device of the host.</summary>
    /// <param name="path">Its path; relative only if the definition has it so and the project's directory is not known.</param>
    /// <param name="provider">The platform it lives on.</param>
    /// <param name="volume">Its name there.</param>
    /// <returns>This table.</returns>
    public VolumeTable AddHostPath(string path, string provider, VolumeId volume) => Add(DefinedVolumeKind.HostPath, path, provider, volume);

    /// <summary>Adds what can be seen of a file system of EFS.</summary>
    /// <param name="fileSystem">Its id.</param>
    /// <param name="provider">The platform it lives on.</param>
    /// <param name="volume">Its name there.</param>
    /// <param name="accessPoint">The access point it is reached through; empty for none.</param>
    /// <param name="rootDirectory">The directory that is mounted, if there is no access point.</param>
    /// <returns>This table.</returns>
    public VolumeTable AddEfs(string fileSystem, string provider, VolumeId volume, string accessPoint = "", string rootDirectory = "/") =>
        Add(DefinedVolumeKind.Efs, EfsSource(fileSystem, accessPoint, rootDirectory), provider, volume);

    /// <summary>Adds a directory of a file system of FSx for Windows.</summary>
    /// <param name="fileSystem">Its id.</param>
    /// <param name="rootDirectory">The directory that is mounted, as the task definition has it.</param>
    /// <param name="provider">The platform it lives on.</param>
    /// <param name="volume">Its name there.</param>
    /// <returns>This table.</returns>
    public VolumeTable AddFsx(string fileSystem, string rootDirectory, string provider, VolumeId volume) =>
        Add(DefinedVolumeKind.Fsx, $"{fileSystem}:{rootDirectory}", provider, volume);

    /// <summary>Adds any volume.</summary>
    /// <param name="kind">By what the definition names it.</param>
    /// <param name="source">The name, as <see cref="DefinedVolume.Source"/> has it.</param>
    /// <param name="provider">The platform it lives on.</param>
    /// <param name="volume">Its name there.</param>
    /// <returns>This table.</returns>
    /// <exception cref="ArgumentException">There is an entry for it, or it is of a kind that is not kept.</exception>
    public VolumeTable Add(DefinedVolumeKind kind, string source, string provider, VolumeId volume)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(provider);
        if (kind == DefinedVolumeKind.NotKept)
        {
            throw new ArgumentException("There is nothing to protect in a volume of this kind.", nameof(kind));
        }

        return _entries.TryAdd((kind, source), new PlatformVolume(provider, volume)) ? this : throw new ArgumentException($"There is an entry for '{source}'.", nameof(source));
    }

    internal static string EfsSource(string fileSystem, string accessPoint, string rootDirectory) =>
        accessPoint.Length > 0 ? $"{fileSystem}/{accessPoint}" : $"{fileSystem}:{(rootDirectory.Length > 0 ? rootDirectory : "/")}";

    internal PlatformVolume? Find(DefinedVolumeKind kind, string source) => _entries.GetValueOrDefault((kind, source));
}
