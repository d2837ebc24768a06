using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Csi.Tests.Backup;
using Waybill.Csi.Wire;
using Waybill.CsiDriver.Tests.Support;
using BackupClient = Waybill.Backup.Wire.Backup.BackupClient;

namespace Waybill.CsiDriver.Tests;

/// <summary>The driver's process between a kernel's loop devices, a cluster's names and a caller over TLS.</summary>
public sealed class BackupApiTests
{
    private const int Length = 64 << 20;

    private const string MayReadTwo = """{"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots"],"verbs":["get"],"resourceNames":["monday","tuesday"]}""";
    private const string MayWrite = """{"apiGroups":[""],"resources":["persistentvolumeclaims"],"verbs":["update"],"resourceNames":["restored"]}""";
    private const string MayList = """
        {"apiGroups":["snapshot.storage.k8s.io"],"resources":["volumesnapshots"],"verbs":["list"]},{"apiGroups":[""],"resources":["persistentvolumeclaims"],"verbs":["list"]}
        """;

    [SkippableFact]
    public async Task SnapshotsOfAVolumeInUse_AreReadInFullAndByWhatChanged_AndMakeTheSameVolumeAgain()
    {
        await using BackupCluster cluster = await BackupCluster.StartAsync();
        await using DriverLab lab = await DriverLab.CreateAsync("xfs", 8, cluster.Arguments);
        (TestVolume volume, byte[] monday, byte[] tuesday) = await MakeSnapshotsAsync(cluster, lab);
        TestVolume target = await TestVolume.CreateAsync(lab, "target", TestVolume.Block());
        cluster.LoadClaim("restored", target.Id);
        cluster.GrantAgent($"{MayReadTwo},{MayWrite}");
        BackupClient client = await cluster.ConnectAsync(lab.Driver, await cluster.RequestTokenAsync());

        ReceivedData full = await ReceivedData.ReadAsync(client, Request("monday"));
        ReceivedData delta = await ReceivedData.ReadAsync(client, Request("tuesday", "monday"));

        Assert.Equal((Method.Allocated, Method.Delta), (full.Head.Method, delta.Head.Method));
        Assert.True(full.ApplyTo(new byte[Length]).AsSpan().SequenceEqual(monday), "the full stream is not Monday");
        Assert.True(delta.ApplyTo(monday).AsSpan().SequenceEqual(tuesday), "the delta on Monday is not Tuesday");
        Assert.InRange((long)delta.End!.DataBytes, 1, Length / 8);

        // Written back through the same service, the bytes are those that a node sees.
        await WriteAsync(client, "shop/restored", full);
        await WriteAsync(client, "shop/restored", delta);
        await target.UpAsync();
        Assert.True(BlockContent.Read(target, Length).AsSpan().SequenceEqual(tuesday), "the volume that was written is not Tuesday");

        // What is attached is not written.
        RpcException busy = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(client, "shop/restored", full));
        Assert.Equal(StatusCode.FailedPrecondition, busy.StatusCode);
        Assert.True(BlockContent.Read(target, Length).AsSpan().SequenceEqual(tuesday), "the volume changed while it was attached");
        await target.DownAsync();
        await volume.DownAsync();
    }

    [SkippableFact]
    public async Task Caller_GetsWhatItsRolesName_AndTheLogSaysWhatItGot()
    {
        await using BackupCluster cluster = await BackupCluster.StartAsync();
        await using DriverLab lab = await DriverLab.CreateAsync("xfs", 8, [.. cluster.Arguments, "--log-level", "Error"]);
        (TestVolume volume, byte[] monday, _) = await MakeSnapshotsAsync(cluster, lab);
        cluster.LoadSnapshot("secret", await volume.SnapshotAsync("secret"), volume.Id);
        cluster.GrantAgent(MayReadTwo);
        string token = await cluster.RequestTokenAsync();
        BackupClient client = await cluster.ConnectAsync(lab.Driver, token);
        BackupClient wrongAudience = await cluster.ConnectAsync(lab.Driver, await cluster.RequestTokenAsync("https://kubernetes.default.svc"));

        Assert.Equal("local.csi.waybill", (await client.GetServerAsync(new GetServerRequest())).Name);
        await RefusedAsync(StatusCode.PermissionDenied, client, Request("secret"));
        await RefusedAsync(StatusCode.PermissionDenied, client, Request("tuesday", "secret"));
        await RefusedAsync(StatusCode.PermissionDenied, client, Request("never"));
        await RefusedAsync(StatusCode.Unauthenticated, wrongAudience, Request("monday"));
        RpcException list = await Assert.ThrowsAsync<RpcException>(async () => await client.ListVolumesAsync(new Backup.Wire.ListVolumesRequest { Namespace = "shop" }));
        RpcException write = await Assert.ThrowsAsync<RpcException>(async () => await WriteAsync(client, "shop/data", new ReceivedData(new Head { Method = Method.Full }, [], new End())));
        Assert.Equal((StatusCode.PermissionDenied, StatusCode.PermissionDenied), (list.StatusCode, write.StatusCode));

        cluster.GrantAgent($"{MayReadTwo},{MayList}");
        ListPointsResponse points = await client.ListPointsAsync(new ListPointsRequest { Namespace = "shop" });
        Backup.Wire.Volume listed = Assert.Single((await client.ListVolumesAsync(new Backup.Wire.ListVolumesRequest { Namespace = "shop" })).Volumes);
        ReceivedData read = await ReceivedData.ReadAsync(client, Request("monday"));
        cluster.Server.Tokens.Revoke(token);
        await RefusedAsync(StatusCode.Unauthenticated, client, Request("monday"));

        Assert.Equal((volume.Id, "shop/data", (ulong)Length), (listed.Id, listed.Claim, listed.CapacityBytes));
        Assert.Equal(["monday", "secret", "tuesday"], points.Points.Select(point => point.Snapshot.Name));
        Assert.True(read.ApplyTo(new byte[Length]).AsSpan().SequenceEqual(monday), "the full stream is not Monday");

        string line = await lab.Driver.WaitForLogAsync("object=shop/monday status=OK");
        Assert.Contains($"from={read.Chunks[0].Offset} to={read.Chunks[^1].Offset + read.Chunks[^1].Length} bytes={read.End!.DataBytes} ", line, StringComparison.Ordinal);
        Assert.Contains("method=ReadData caller=system:serviceaccount:backup:agent peer=ipv4:127.0.0.1:", line, StringComparison.Ordinal);
        await volume.DownAsync();
        await lab.Driver.TerminateAsync();
        Assert.Contains("object=- status=PermissionDenied", lab.Driver.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("shop/secret", lab.Driver.Log, StringComparison.Ordinal);
        Assert.DoesNotContain(token, lab.Driver.Log, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ClusterThatGivesNoAnswer_AllowsNothing_AndLeavesTheDriverReady()
    {
        await using BackupCluster cluster = await BackupCluster.StartAsync();
        await using DriverLab lab = await DriverLab.CreateAsync("xfs", 8, cluster.Arguments);
        cluster.GrantAgent($"{MayReadTwo},{MayWrite},{MayList}");
        BackupClient client = await cluster.ConnectAsync(lab.Driver, await cluster.RequestTokenAsync());
        cluster.Server.Faults.Fail("POST", "/tokenreviews", 403, "Forbidden");

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await client.GetServerAsync(new GetServerRequest()));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain("scripted", error.Status.Detail, StringComparison.Ordinal);
        await lab.Driver.WaitForLogAsync("scripted: Forbidden");
        Assert.True((await lab.Driver.Identity.ProbeAsync(new ProbeRequest())).Ready ?? true);
        cluster.Server.Faults.Clear();
        Assert.True((await client.GetServerAsync(new GetServerRequest())).Writes);
    }

    [SkippableFact]
    public async Task Caller_WithoutTheCertificateThatIsDemanded_IsNotHeard()
    {
        await using BackupCluster cluster = await BackupCluster.StartAsync();
        (string authority, X509Certificate2 certificate) = cluster.MakeClientCertificate();
        using X509Certificate2 mine = certificate;
        await using DriverLab lab = await DriverLab.CreateAsync("xfs", 8, [.. cluster.Arguments, "--backup-client-authority", authority]);
        string token = await cluster.RequestTokenAsync();
        BackupClient with = await cluster.ConnectAsync(lab.Driver, token, mine);
        BackupClient without = await cluster.ConnectAsync(lab.Driver, token);

        Assert.Equal("local.csi.waybill", (await with.GetServerAsync(new GetServerRequest())).Name);
        await Assert.ThrowsAsync<RpcException>(async () => await without.GetServerAsync(new GetServerRequest()));
    }

    [SkippableFact]
    public async Task Driver_WithACertificateThatCannotBeUsed_DoesNotStart()
    {
        await using BackupCluster cluster = await BackupCluster.StartAsync();
        string[] arguments = [.. cluster.Arguments.Select(argument => argument.EndsWith("tls.key", StringComparison.Ordinal) ? argument + ".gone" : argument)];

        Exception error = await Assert.ThrowsAnyAsync<Exception>(() => DriverLab.CreateAsync("xfs", 8, arguments));

        Assert.Contains("WB3102", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Driver_ThatEnds_EndsItsStreamsWithoutTheirEnd()
    {
        await using BackupCluster cluster = await BackupCluster.StartAsync();
        await using DriverLab lab = await DriverLab.CreateAsync("xfs", 8, cluster.Arguments);
        (TestVolume volume, _, _) = await MakeSnapshotsAsync(cluster, lab);
        await volume.DownAsync();
        cluster.GrantAgent(MayReadTwo);
        BackupClient client = await cluster.ConnectAsync(lab.Driver, await cluster.RequestTokenAsync());
        using AsyncServerStreamingCall<ReadDataResponse> call = client.ReadData(Request("monday"));
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        // Nobody reads on: what is left does not fit into the windows of a connection, so that the call runs until the driver ends it.
        Assert.Equal(0, await lab.Driver.TerminateAsync());

        bool hasEnd = false;
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                hasEnd |= call.ResponseStream.Current.PartCase == ReadDataResponse.PartOneofCase.End;
            }
        });
        Assert.False(hasEnd);
        Assert.NotEqual(StatusCode.OK, error.StatusCode);
    }

    private static async Task<(TestVolume Volume, byte[] Monday, byte[] Tuesday)> MakeSnapshotsAsync(BackupCluster cluster, DriverLab lab)
    {
        TestVolume volume = await TestVolume.CreateAsync(lab, "v", TestVolume.Block());
        await volume.UpAsync();
        var content = new BlockContent(volume, Length);
        cluster.LoadClaim("data", volume.Id);
        content.Write(1, pieces: 400);
        cluster.LoadSnapshot("monday", await volume.SnapshotAsync("monday"), volume.Id);
        byte[] monday = content.Copy();
        content.Write(2, pieces: 40);
        cluster.LoadSnapshot("tuesday", await volume.SnapshotAsync("tuesday"), volume.Id);
        byte[] tuesday = content.Copy();
        content.Write(3, pieces: 40);
        return (volume, monday, tuesday);
    }

    private static ReadDataRequest Request(string snapshot, string? from = null)
    {
        var request = new ReadDataRequest { Snapshot = new SnapshotRef { Namespace = "shop", Name = snapshot } };
        if (from is not null)
        {
            request.Base = new Base { SnapshotName = from };
        }

        return request;
    }

    private static async Task RefusedAsync(StatusCode status, BackupClient client, ReadDataRequest request)
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => ReceivedData.ReadAsync(client, request));
        Assert.Equal(status, error.StatusCode);
    }

    private static async Task WriteAsync(BackupClient client, string claim, ReceivedData data)
    {
        using AsyncClientStreamingCall<WriteDataRequest, WriteDataResponse> call = client.WriteData();
        await Task.WhenAny(SendAsync(), call.ResponseAsync); // The server may answer while there is more to send.
        Assert.Equal((ulong)Length, (await call.ResponseAsync).DurableOffset);

        async Task SendAsync()
        {
            await call.RequestStream.WriteAsync(new WriteDataRequest { Head = new WriteHead { Claim = claim, CapacityBytes = Length, Method = data.Head.Method } });
            foreach (Chunk chunk in data.Chunks)
            {
                await call.RequestStream.WriteAsync(new WriteDataRequest { Chunk = chunk });
            }

            await call.RequestStream.WriteAsync(new WriteDataRequest { End = data.End });
            await call.RequestStream.CompleteAsync();
        }
    }
}
