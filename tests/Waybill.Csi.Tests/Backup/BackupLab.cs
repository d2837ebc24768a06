using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Waybill.Backup;
using Waybill.Backup.Wire;
using Waybill.Csi.Backup;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Backup;

/// <summary>A platform in memory behind the backup API over real TLS, with callers, names and an audit.</summary>
internal sealed class BackupLab : IBackupDirectory, IBackupAuthority, IBackupAudit, IAsyncDisposable
{
    public const string Namespace = "shop";
    public const string Token = "token-of-the-agent";
    public const int VolumeLength = 4 << 20;

    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-backup-").FullName;
    private readonly ConcurrentDictionary<string, BackupPoint> _points = [];
    private readonly ConcurrentDictionary<string, BackupVolume> _volumes = [];
    private readonly List<GrpcChannel> _channels = [];
    private readonly Func<BackupApi, BackupApi> _configure;
    private BackupServer? _server;

    private BackupLab(ScriptedProviderOptions options, Func<BackupApi, BackupApi> configure)
    {
        Provider = new ScriptedProvider(options);
        _configure = configure;
    }

    public ScriptedProvider Provider { get; }

    public InMemoryBundleStore Store { get; } = new();

    /// <summary>Gets what callers may not do, as <c>ACTION NAMESPACE/NAME</c>.</summary>
    public ConcurrentBag<string> Forbidden { get; } = [];

    public ConcurrentQueue<BackupAuditEntry> Audit { get; } = [];

    public string CertificateFile => Path.Combine(_directory, "tls.crt");

    public string KeyFile => Path.Combine(_directory, "tls.key");

    public Waybill.Backup.Wire.Backup.BackupClient Client => new(Connect());

    public static async Task<BackupLab> StartAsync(
        ScriptedProviderOptions? options = null, Func<BackupApi, BackupApi>? configure = null, bool clientCertificates = false)
    {
        var lab = new BackupLab(options ?? new ScriptedProviderOptions(), configure ?? (api => api));
        lab.WriteCertificate("localhost");
        if (clientCertificates)
        {
            lab.WriteClientAuthority();
        }

        BackupApi api = lab._configure(new BackupApi("test.csi.waybill", lab.Provider, lab, lab, lab) { Version = "1", AllowWrites = true, Store = lab.Store });
        lab._server = await BackupServer.StartAsync(api, new BackupServerOptions(new IPEndPoint(IPAddress.Loopback, 0), lab.CertificateFile, lab.KeyFile)
        {
            ClientAuthorityFile = clientCertificates ? Path.Combine(lab._directory, "clients.crt") : "",
        });
        return lab;
    }

    /// <summary>Makes a volume with a claim of its name.</summary>
    public VolumeId AddVolume(string name, string application = "shop")
    {
        VolumeId id = Provider.AddVolume(name, VolumeLength);
        _volumes[name] = new BackupVolume(id, name, application);
        return id;
    }

    /// <summary>Makes a volume that is a tree of files, with a claim of its name.</summary>
    public async Task<VolumeId> AddTreeAsync(string name)
    {
        VolumeId id = (await Provider.CreateVolumeAsync(new VolumeCreateRequest(name, 0) { Kind = VolumeKind.FileTree })).Id;
        _volumes[name] = new BackupVolume(id, name, "shop");
        return id;
    }

    public async Task<SnapshotDescriptor> SnapAsync(VolumeId volume, string name)
    {
        SnapshotDescriptor snapshot = await Provider.CreateSnapshotAsync(volume, name);
        _points[name] = new BackupPoint(name, volume, snapshot.Id);
        return snapshot;
    }

    /// <summary>Connects as a caller does that trusts this server's certificate and has a token.</summary>
    public GrpcChannel Connect(string? token = Token, X509Certificate2? client = null, Action<X509Certificate2>? saw = null)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, found, _, _) =>
        {
            using X509Certificate2 expected = X509Certificate2.CreateFromPem(File.ReadAllText(CertificateFile));
            saw?.Invoke(expected);
            return found!.GetRawCertData().AsSpan().SequenceEqual(expected.RawData);
        };
        if (client is not null)
        {
            handler.SslOptions.ClientCertificates = [client];
        }

        var credentials = CallCredentials.FromInterceptor((_, metadata) =>
        {
            if (token is not null)
            {
                metadata.Add("authorization", $"Bearer {token}");
            }

            return Task.CompletedTask;
        });
        GrpcChannel channel = GrpcChannel.ForAddress($"https://localhost:{_server!.Endpoint.Port}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            Credentials = ChannelCredentials.Create(new SslCredentials(), credentials),
        });
        _channels.Add(channel);
        return channel;
    }

    public void WriteCertificate(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
    }

    /// <summary>Makes a client certificate of the authority that the server takes.</summary>
    public X509Certificate2 MakeClientCertificate()
    {
        using var authority = X509Certificate2.CreateFromPemFile(Path.Combine(_directory, "clients.crt"), Path.Combine(_directory, "clients.key"));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=agent", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using X509Certificate2 made = request.Create(authority, TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1), [1, 2, 3]);
        return made.CopyWithPrivateKey(key);
    }

    public async IAsyncEnumerable<BackupVolume> ListVolumesAsync(string objectNamespace, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (BackupVolume volume in _volumes.Values.Where(_ => objectNamespace == Namespace).OrderBy(v => v.Claim, StringComparer.Ordinal))
        {
            yield return volume;
        }
    }

    public async IAsyncEnumerable<BackupPoint> ListPointsAsync(string objectNamespace, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (BackupPoint point in _points.Values.Where(_ => objectNamespace == Namespace).OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            yield return point;
        }
    }

    public ValueTask<BackupPoint?> FindPointAsync(string objectNamespace, string name, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(objectNamespace == Namespace ? _points.GetValueOrDefault(name) : null);

    public ValueTask<BackupVolume?> FindClaimAsync(string objectNamespace, string claim, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(objectNamespace == Namespace ? _volumes.GetValueOrDefault(claim) : null);

    public ValueTask<BackupCaller?> AuthenticateAsync(string token, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(token == Token ? new BackupCaller("agent") : null);

    public ValueTask<bool> MayAsync(BackupCaller caller, BackupAction action, string objectNamespace, string name, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(!Forbidden.Contains($"{action} {objectNamespace}/{name}"));

    public void Record(BackupAuditEntry entry) => Audit.Enqueue(entry);

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private void WriteClientAuthority()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=clients", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 authority = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(Path.Combine(_directory, "clients.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(_directory, "clients.crt"), authority.ExportCertificatePem());
    }
}
