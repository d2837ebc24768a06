using System.Net;
using System.Text;
using Waybill.Backup;
using Waybill.Bundles;
using Waybill.Csi.Backup;
using Waybill.Providers;

namespace Waybill.Kubernetes.Tests;

/// <summary>A directory behind a real backup API over TLS, on a wire that can be cut. It is the snapshot <c>shop/monday</c> and the claim <c>shop/data</c>.</summary>
internal sealed class TreeLab : IVolumeProvider, IFileTreeProvider, IBackupDirectory, IBackupAuthority, IBackupAudit, IAsyncDisposable
{
    private static readonly VolumeId s_volume = new("volume");
    private static readonly SnapshotId s_snapshot = new("snapshot");

    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-tree-").FullName;
    private readonly BackupCertificates _certificates = BackupCertificates.Create();
    private BackupServer? _server;

    public string Name => "trees";

    /// <summary>Gets the directory that is read.</summary>
    public string Source => Path.Combine(_directory, "source");

    /// <summary>Gets the directory that is filled.</summary>
    public string Target => Path.Combine(_directory, "target");

    public CuttingProxy Wire { get; private set; } = null!;

    public static async Task<TreeLab> StartAsync()
    {
        var lab = new TreeLab();
        Directory.CreateDirectory(lab.Source);
        await File.WriteAllTextAsync(Path.Combine(lab._directory, "tls.crt"), lab._certificates.CertificatePem);
        await File.WriteAllTextAsync(Path.Combine(lab._directory, "tls.key"), lab._certificates.KeyPem);
        var api = new BackupApi("trees", lab, lab, lab, lab)
        {
            AllowWrites = true,
            EmptyTree = async (_, stop) => await DirectoryTreeTarget.Create(lab.Target, new DirectoryTreeTargetOptions { Replaces = true }, stop).DisposeAsync(),
        };
        lab._server = await BackupServer.StartAsync(
            api, new BackupServerOptions(new IPEndPoint(IPAddress.Loopback, 0), Path.Combine(lab._directory, "tls.crt"), Path.Combine(lab._directory, "tls.key")));
        lab.Wire = new CuttingProxy(lab._server.Endpoint);
        return lab;
    }

    /// <summary>Makes a client on the wire that can be cut, or beside it.</summary>
    public BackupClient Connect(bool isDirect = false) => BackupClient.Connect(new BackupClientOptions(
        $"127.0.0.1:{(isDirect ? _server!.Endpoint.Port : Wire.Port)}", Encoding.ASCII.GetBytes(_certificates.AuthorityPem), (_, _) => ValueTask.FromResult("token")) { Name = "trees" });

    public ValueTask<FileTreeSource> OpenTreeAsync(VolumeSource source, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<FileTreeSource>(DirectoryTreeSource.Open(Source));

    public ValueTask<FileTreeTarget> OpenTreeTargetAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<FileTreeTarget>(DirectoryTreeTarget.Create(Target, options: null, cancellationToken));

    public ValueTask<BackupPoint?> FindPointAsync(string objectNamespace, string name, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult((objectNamespace, name) == ("shop", "monday") ? new BackupPoint(name, s_volume, s_snapshot) : null);

    public ValueTask<BackupVolume?> FindClaimAsync(string objectNamespace, string claim, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult((objectNamespace, claim) == ("shop", "data") ? new BackupVolume(s_volume, claim) : null);

    public IAsyncEnumerable<BackupVolume> ListVolumesAsync(string objectNamespace, CancellationToken cancellationToken = default) => AsyncEnumerable.Empty<BackupVolume>();

    public IAsyncEnumerable<BackupPoint> ListPointsAsync(string objectNamespace, CancellationToken cancellationToken = default) => AsyncEnumerable.Empty<BackupPoint>();

    public IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync(CancellationToken cancellationToken = default) => AsyncEnumerable.Empty<VolumeDescriptor>();

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) => ValueTask.FromResult<VolumeDescriptor?>(null);

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public ValueTask<BackupCaller?> AuthenticateAsync(string token, CancellationToken cancellationToken = default) => ValueTask.FromResult<BackupCaller?>(new BackupCaller("agent"));

    public ValueTask<bool> MayAsync(BackupCaller caller, BackupAction action, string objectNamespace, string name, CancellationToken cancellationToken = default) => ValueTask.FromResult(true);

    public void Record(BackupAuditEntry entry)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await Wire.DisposeAsync();
        await _server!.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
