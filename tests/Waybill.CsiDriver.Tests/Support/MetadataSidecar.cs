using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Waybill.Kubernetes.Tests;
using Waybill.Kubernetes.Wire;
using CsiWire = Waybill.Csi.Wire;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>
/// Does what external-snapshot-metadata does beside a driver: asks the cluster who calls and whether that is allowed, finds the driver's handle of a VolumeSnapshot, and
/// passes on what the driver's own SnapshotMetadata service says.
/// </summary>
internal sealed class MetadataSidecar : IAsyncDisposable
{
    public const string Audience = "snapshots.local.csi.waybill";

    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;
    private readonly HttpClient _api;

    private MetadataSidecar(BackupCluster cluster, DriverProcess driver)
    {
        BackupCertificates certificates = BackupCertificates.Create();
        Authority = Encoding.ASCII.GetBytes(certificates.AuthorityPem);
        using X509Certificate2 pem = X509Certificate2.CreateFromPem(certificates.CertificatePem, certificates.KeyPem);
        _certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null);
        _api = new HttpClient { BaseAddress = cluster.Server.Address };
        _api.DefaultRequestHeaders.Authorization = new("Bearer", cluster.LoadService("waybill-csi", "snapshot-metadata", """
            {"apiGroups":["authentication.k8s.io"],"resources":["tokenreviews"],"verbs":["create"]},
            {"apiGroups":["authorization.k8s.io"],"resources":["subjectaccessreviews"],"verbs":["create"]},
            {"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots","volumesnapshotcontents"],"verbs":["get"]}
            """));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new Service(this, driver));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(_certificate);
        }));
        _app = builder.Build();
        _app.MapGrpcService<Service>();
    }

    public byte[] Authority { get; }

    public string Address => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Authority;

    /// <summary>Gets or sets after how many messages each stream ends with an error, as it does after ten minutes; 0 for never.</summary>
    public int MessagesOfAStream { get; set; }

    /// <summary>Gets or sets how many ranges a message has at most.</summary>
    public int RangesOfAMessage { get; set; } = 8192;

    /// <summary>Gets how many streams were begun.</summary>
    public int Streams { get; private set; }

    public static async Task<MetadataSidecar> StartAsync(BackupCluster cluster, DriverProcess driver)
    {
        var sidecar = new MetadataSidecar(cluster, driver);
        await sidecar._app.StartAsync();
        return sidecar;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _api.Dispose();
        _certificate.Dispose();
    }

    /// <summary>Finds the driver's handle of a snapshot, for somebody who may know it.</summary>
    private async Task<string> ResolveAsync(string token, string home, string snapshot)
    {
        if (token.Length == 0 || home.Length == 0 || snapshot.Length == 0)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "a field is missing"));
        }

        JsonNode who = await PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", new { spec = new { token, audiences = (string[])[Audience] } });
        if (who["authenticated"]?.GetValue<bool>() != true)
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, "the token is not for this service"));
        }

        JsonNode may = await PostAsync("/apis/authorization.k8s.io/v1/subjectaccessreviews", new
        {
            spec = new
            {
                user = who["user"]!["username"]!.GetValue<string>(),
                uid = who["user"]!["uid"]?.GetValue<string>(),
                groups = who["user"]!["groups"],
                resourceAttributes = new { verb = "get", group = "snapshot.storage.k8s.io", resource = "volumesnapshots", @namespace = home },
            },
        });
        if (may["allowed"]?.GetValue<bool>() != true)
        {
            throw new RpcException(new Status(StatusCode.PermissionDenied, "VolumeSnapshots of the namespace may not be read"));
        }

        JsonNode found = await GetAsync($"/apis/snapshot.storage.k8s.io/v1/namespaces/{home}/volumesnapshots/{snapshot}");
        JsonNode content = await GetAsync($"/apis/snapshot.storage.k8s.io/v1/volumesnapshotcontents/{found["status"]?["boundVolumeSnapshotContentName"]}");
        return content["spec"]!["driver"]!.GetValue<string>() == BackupCluster.Driver
            ? content["status"]!["snapshotHandle"]!.GetValue<string>()
            : throw new RpcException(new Status(StatusCode.InvalidArgument, "the snapshot is another driver's"));
    }

    private async Task<JsonNode> PostAsync(string path, object body)
    {
        using HttpResponseMessage response = await _api.PostAsJsonAsync(path, body);
        return response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync<JsonObject>())!["status"]!
            : throw new RpcException(new Status(StatusCode.Internal, $"{path}: {response.StatusCode}"));
    }

    private async Task<JsonNode> GetAsync(string path)
    {
        using HttpResponseMessage response = await _api.GetAsync(path);
        return response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync<JsonObject>())!
            : throw new RpcException(new Status(StatusCode.Unavailable, $"{path}: {response.StatusCode}"));
    }

    private int Limit(int asked) => asked == 0 ? RangesOfAMessage : Math.Min(asked, RangesOfAMessage);

    /// <summary>Passes messages on as they come, and the error that the driver ends with.</summary>
    private async Task ForwardAsync<TFrom, TTo>(IAsyncStreamReader<TFrom> from, IServerStreamWriter<TTo> to, Func<TFrom, TTo> convert, CancellationToken cancellationToken)
    {
        Streams++;
        for (int sent = 0; await from.MoveNext(cancellationToken); sent++)
        {
            if (MessagesOfAStream > 0 && sent == MessagesOfAStream)
            {
                throw new RpcException(new Status(StatusCode.DeadlineExceeded, "a stream may not take longer"));
            }

            await to.WriteAsync(convert(from.Current), cancellationToken);
        }
    }

    private sealed class Service(MetadataSidecar sidecar, DriverProcess driver) : SnapshotMetadata.SnapshotMetadataBase
    {
        public override async Task GetMetadataAllocated(
            GetMetadataAllocatedRequest request, IServerStreamWriter<GetMetadataAllocatedResponse> responseStream, ServerCallContext context)
        {
            string handle = await sidecar.ResolveAsync(request.SecurityToken, request.Namespace, request.SnapshotName);
            using AsyncServerStreamingCall<CsiWire.GetMetadataAllocatedResponse> call = driver.Metadata.GetMetadataAllocated(
                new CsiWire.GetMetadataAllocatedRequest { SnapshotId = handle, StartingOffset = request.StartingOffset, MaxResults = sidecar.Limit(request.MaxResults) },
                cancellationToken: context.CancellationToken);
            await sidecar.ForwardAsync(call.ResponseStream, responseStream, part => new GetMetadataAllocatedResponse
            {
                BlockMetadataType = (BlockMetadataType)(int)part.BlockMetadataType, VolumeCapacityBytes = part.VolumeCapacityBytes, BlockMetadata = { part.BlockMetadata.Select(Convert) },
            }, context.CancellationToken);
        }

        public override async Task GetMetadataDelta(GetMetadataDeltaRequest request, IServerStreamWriter<GetMetadataDeltaResponse> responseStream, ServerCallContext context)
        {
            string handle = await sidecar.ResolveAsync(request.SecurityToken, request.Namespace, request.TargetSnapshotName);
            using AsyncServerStreamingCall<CsiWire.GetMetadataDeltaResponse> call = driver.Metadata.GetMetadataDelta(
                new CsiWire.GetMetadataDeltaRequest
                {
                    BaseSnapshotId = request.BaseSnapshotId, TargetSnapshotId = handle, StartingOffset = request.StartingOffset, MaxResults = sidecar.Limit(request.MaxResults),
                },
                cancellationToken: context.CancellationToken);
            await sidecar.ForwardAsync(call.ResponseStream, responseStream, part => new GetMetadataDeltaResponse
            {
                BlockMetadataType = (BlockMetadataType)(int)part.BlockMetadataType, VolumeCapacityBytes = part.VolumeCapacityBytes, BlockMetadata = { part.BlockMetadata.Select(Convert) },
            }, context.CancellationToken);
        }

        private static BlockMetadata Convert(CsiWire.BlockMetadata block) => new() { ByteOffset = block.ByteOffset, SizeBytes = block.SizeBytes };
    }
}
