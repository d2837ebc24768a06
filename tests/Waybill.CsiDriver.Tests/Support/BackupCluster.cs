using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Grpc.Net.Client;
using Waybill.Kubernetes.ApiServer;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Security;
using Waybill.Kubernetes.ApiServer.Storage;
using Waybill.Kubernetes.Tests;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>A cluster that vouches for the callers of a driver's backup API, with the names of its volumes and snapshots.</summary>
internal sealed class BackupCluster : IAsyncDisposable
{
    public const string Driver = "local.csi.waybill";

    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-cluster-").FullName;
    private readonly List<GrpcChannel> _channels = [];

    private BackupCluster(ApiServerDouble server) => Server = server;

    public ApiServerDouble Server { get; }

    /// <summary>Gets the authority of the driver's certificate, PEM.</summary>
    public byte[] Authority { get; private set; } = [];

    /// <summary>Gets the arguments that let a driver serve its backup API for this cluster.</summary>
    public string[] Arguments =>
        ["--backup", "127.0.0.1:0", "--backup-certificate", PathOf("tls.crt"), "--backup-key", PathOf("tls.key"), "--kubeconfig", PathOf("config")];

    public static async Task<BackupCluster> StartAsync()
    {
        var cluster = new BackupCluster(await ApiServerDouble.StartAsync());
        cluster.Server.Kinds.Add(new ResourceKind("snapshot.storage.k8s.io", "volumesnapshots", "VolumeSnapshot", true) { Versions = ["v1"], IsBuiltIn = false });
        cluster.Server.Kinds.Add(new ResourceKind("snapshot.storage.k8s.io", "volumesnapshotcontents", "VolumeSnapshotContent", false) { Versions = ["v1"], IsBuiltIn = false });
        cluster.WriteCertificate();

        // The driver may do what its deployment lets it do, and nothing else.
        string token = cluster.LoadService("waybill-csi", "waybill-csi-driver", """
            {"apiGroups":["authentication.k8s.io"],"resources":["tokenreviews"],"verbs":["create"]},
            {"apiGroups":["authorization.k8s.io"],"resources":["subjectaccessreviews"],"verbs":["create"]},
            {"apiGroups":[""],"resources":["persistentvolumeclaims","persistentvolumes"],"verbs":["get","list"]},
            {"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots","volumesnapshotcontents"],"verbs":["get","list"]}
            """);
        await File.WriteAllTextAsync(cluster.PathOf("config"), cluster.Server.KubeConfig(token: token));
        cluster.LoadAccount("backup", "agent");
        return cluster;
    }

    /// <summary>Lets the account of the backup product have rights in a namespace.</summary>
    public void GrantAgent(string rules, string where = "shop") => Grant("backup", "agent", where, rules);

    /// <summary>Makes a service account that may do something in all of the cluster, and a token of it for the API server.</summary>
    public string LoadService(string home, string name, string rules)
    {
        StoredObject account = LoadAccount(home, name);
        Grant(home, name, "", rules);
        return Server.Tokens.IssueForServiceAccount(home, name, account.Uid, [TokenAuthority.ServerAudience], TimeProvider.System.GetUtcNow().AddHours(1));
    }

    /// <summary>Makes an object as the cluster's administrator.</summary>
    public Task CreateAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    /// <summary>Removes an object as the cluster's administrator.</summary>
    public Task DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path, "{}");

    /// <summary>Gets a token of the backup product's account, as a client does.</summary>
    public async Task<string> RequestTokenAsync(string audience = Driver)
    {
        using var http = new HttpClient { BaseAddress = Server.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", Server.AdminToken);
        using HttpResponseMessage response = await http.PostAsJsonAsync(
            "/api/v1/namespaces/backup/serviceaccounts/agent/token", new { spec = new { audiences = (string[])[audience], expirationSeconds = 600 } });
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["status"]!["token"]!.GetValue<string>();
    }

    /// <summary>Connects to the backup API of a driver, as a caller that knows its certificate.</summary>
    public async Task<Backup.Wire.Backup.BackupClient> ConnectAsync(DriverProcess driver, string token, X509Certificate2? certificate = null)
    {
        IPEndPoint served = await FindAddressAsync(driver);
        var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, found, _, _) =>
        {
            using X509Certificate2 expected = X509Certificate2.CreateFromPem(File.ReadAllText(PathOf("tls.crt")));
            return found!.GetRawCertData().AsSpan().SequenceEqual(expected.RawData);
        };
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
        }

        var credentials = CallCredentials.FromInterceptor((_, metadata) =>
        {
            metadata.Add("authorization", $"Bearer {token}");
            return Task.CompletedTask;
        });
        GrpcChannel channel = GrpcChannel.ForAddress($"https://{served}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            Credentials = ChannelCredentials.Create(new SslCredentials(), credentials),
        });
        _channels.Add(channel);
        return new Backup.Wire.Backup.BackupClient(channel);
    }

    /// <summary>Finds out where a driver serves its backup API.</summary>
    public static async Task<IPEndPoint> FindAddressAsync(DriverProcess driver) =>
        IPEndPoint.Parse((await driver.WaitForLogAsync("The backup API is served at ")).Split("The backup API is served at ")[1].Split(' ')[0]);

    /// <summary>Makes what a provisioner makes for a volume.</summary>
    public void LoadClaim(string name, string volume)
    {
        string uid = Guid.NewGuid().ToString();
        Server.Store.Load($$$"""
            {"kind":"PersistentVolumeClaim","apiVersion":"v1","metadata":{"name":"{{{name}}}","namespace":"shop","uid":"{{{uid}}}","labels":{"app.kubernetes.io/instance":"shop"}},
             "spec":{"volumeName":"pv-{{{name}}}","volumeMode":"Block"},"status":{"phase":"Bound"}}
            """);
        Server.Store.Load($$$"""
            {"kind":"PersistentVolume","apiVersion":"v1","metadata":{"name":"pv-{{{name}}}"},
             "spec":{"claimRef":{"namespace":"shop","name":"{{{name}}}","uid":"{{{uid}}}"},"csi":{"driver":"local.csi.waybill","volumeHandle":"{{{volume}}}"} } }
            """);
    }

    /// <summary>Makes what a snapshot controller makes for a snapshot.</summary>
    public void LoadSnapshot(string name, string snapshot, string volume)
    {
        string uid = Guid.NewGuid().ToString();
        Server.Store.Load($$$"""
            {"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshot","metadata":{"name":"{{{name}}}","namespace":"shop","uid":"{{{uid}}}"},
             "spec":{"source":{"persistentVolumeClaimName":"data"}},"status":{"boundVolumeSnapshotContentName":"content-{{{name}}}","readyToUse":true}}
            """);
        Server.Store.Load($$$"""
            {"apiVersion":"snapshot.storage.k8s.io/v1","kind":"VolumeSnapshotContent","metadata":{"name":"content-{{{name}}}"},
             "spec":{"driver":"local.csi.waybill","volumeSnapshotRef":{"namespace":"shop","name":"{{{name}}}","uid":"{{{uid}}}"},"source":{"volumeHandle":"{{{volume}}}"} },
             "status":{"snapshotHandle":"{{{snapshot}}}","readyToUse":true}}
            """);
    }

    /// <summary>Makes an authority of client certificates, and one certificate of it.</summary>
    /// <returns>The file of the authority, and the certificate.</returns>
    public (string Authority, X509Certificate2 Certificate) MakeClientCertificate()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using ECDsa authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=clients", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=agent", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using X509Certificate2 made = request.Create(authority, now.AddHours(-1), now.AddHours(1), [1, 2, 3]);
        File.WriteAllText(PathOf("clients.crt"), authority.ExportCertificatePem());
        return (PathOf("clients.crt"), made.CopyWithPrivateKey(key));
    }

    public async ValueTask DisposeAsync()
    {
        _channels.ForEach(channel => channel.Dispose());
        await Server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task SendAsync(HttpMethod method, string path, string json)
    {
        using var http = new HttpClient { BaseAddress = Server.Address };
        http.DefaultRequestHeaders.Authorization = new("Bearer", Server.AdminToken);
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private StoredObject LoadAccount(string home, string name) =>
        Server.Store.Load($$$"""{"kind":"ServiceAccount","apiVersion":"v1","metadata":{"name":"{{{name}}}","namespace":"{{{home}}}"}}""");

    // In one namespace, or in the cluster if none is named.
    private void Grant(string home, string account, string where, string rules)
    {
        string prefix = where.Length == 0 ? "Cluster" : "";
        string place = where.Length == 0 ? "" : $",\"namespace\":\"{where}\"";
        Server.Store.Load($$$"""
            {"kind":"{{{prefix}}}Role","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"{{{account}}}"{{{place}}} },"rules":[{{{rules}}}]}
            """);
        Server.Store.Load($$$"""
            {"kind":"{{{prefix}}}RoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"{{{account}}}"{{{place}}} },
             "roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{{prefix}}}Role","name":"{{{account}}}"},
             "subjects":[{"kind":"ServiceAccount","namespace":"{{{home}}}","name":"{{{account}}}"}]}
            """);
    }

    private string PathOf(string file) => Path.Combine(_directory, file);

    private void WriteCertificate()
    {
        BackupCertificates made = BackupCertificates.Create();
        Authority = Encoding.ASCII.GetBytes(made.AuthorityPem);
        File.WriteAllText(PathOf("tls.key"), made.KeyPem);
        File.WriteAllText(PathOf("tls.crt"), made.CertificatePem);
    }
}
