using Google.Protobuf;
using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Backup;

public sealed class WriteDataTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_ThatWasRead_MakesTheSameVolumeElsewhere(bool onto)
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId source = lab.AddVolume("source");
        byte[] monday = await ReadDataTests.WriteAndSnapAsync(lab, source, "monday", 1);
        byte[] tuesday = await ReadDataTests.WriteAndSnapAsync(lab, source, "tuesday", 2);
        VolumeId target = lab.AddVolume("target");
        lab.Provider.GetDisk(target).Write(0, Enumerable.Repeat((byte)7, BackupLab.VolumeLength).ToArray());

        // A full stream leaves nothing of what the volume held; a delta goes onto exactly its base.
        WriteDataResponse first = await WriteAsync(lab, await ReceivedData.ReadAsync(lab.Client, ReadDataTests.Request("monday")));
        WriteDataResponse? second = onto ? await WriteAsync(lab, await ReceivedData.ReadAsync(lab.Client, ReadDataTests.Request("tuesday", "monday"))) : null;

        var content = new byte[BackupLab.VolumeLength];
        lab.Provider.GetDisk(target).Read(0, content);
        Assert.Equal(onto ? tuesday : monday, content);
        Assert.Equal((ulong)BackupLab.VolumeLength, (second ?? first).DurableOffset);
    }

    [Fact]
    public async Task Chunk_WithAnotherDigest_IsRefusedBeforeItIsWritten()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId target = lab.AddVolume("target");
        var chunk = new Chunk { Offset = 0, Length = 4, Kind = RangeKind.Data, Data = ByteString.CopyFromUtf8("good"), Sha256 = ByteString.CopyFrom(new byte[32]) };

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, Method.Full, [chunk], new End { Ranges = 1, Bytes = 4, DataBytes = 4 }));

        Assert.Equal(StatusCode.DataLoss, error.StatusCode);
        Assert.True(lab.Provider.GetDisk(target).IsPristine);
    }

    [Fact]
    public async Task Stream_WithoutItsEnd_OrWithAnother_IsNotAccepted()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        lab.AddVolume("target");
        var chunk = new Chunk { Offset = 4096, Length = 4096, Kind = RangeKind.Zero };

        RpcException missing = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, Method.Full, [chunk], null));
        RpcException wrong = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, Method.Full, [chunk], new End { Ranges = 2, Bytes = 8192 }));

        Assert.Equal(StatusCode.DataLoss, missing.StatusCode);
        Assert.Equal(StatusCode.DataLoss, wrong.StatusCode);
    }

    [Theory]
    [InlineData(4096, 0)]
    [InlineData(0, 4096)]
    [InlineData(BackupLab.VolumeLength, 4096)]
    [InlineData(-4096, 4096)]
    public async Task Chunk_ThatIsEmptyOverlapsOrLiesOutside_IsRefused(long offset, long length)
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        lab.AddVolume("target");
        var first = new Chunk { Offset = 0, Length = 4096, Kind = RangeKind.Zero };
        var second = new Chunk { Offset = (ulong)offset, Length = (ulong)length, Kind = RangeKind.Zero };

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, Method.Full, [first, second], new End { Ranges = 2, Bytes = 8192 }));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task Claim_ThatTheCallerMayNotWrite_IsRefused()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        lab.AddVolume("target");
        lab.Forbidden.Add("WriteClaim shop/target");

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => WriteAsync(lab, Method.Full, [], new End()));

        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
    }

    private static Task<WriteDataResponse> WriteAsync(BackupLab lab, ReceivedData data) => WriteAsync(lab, data.Head.Method, data.Chunks, data.End);

    private static async Task<WriteDataResponse> WriteAsync(BackupLab lab, Method method, IReadOnlyList<Chunk> chunks, End? end)
    {
        using AsyncClientStreamingCall<WriteDataRequest, WriteDataResponse> call = lab.Client.WriteData();
        await Task.WhenAny(SendAsync(), call.ResponseAsync); // The server may answer while there is more to send.
        return await call.ResponseAsync;

        async Task SendAsync()
        {
            await call.RequestStream.WriteAsync(new WriteDataRequest { Head = new WriteHead { Claim = "shop/target", CapacityBytes = BackupLab.VolumeLength, Method = method } });
            foreach (Chunk chunk in chunks)
            {
                await call.RequestStream.WriteAsync(new WriteDataRequest { Chunk = chunk });
            }

            if (end is not null)
            {
                await call.RequestStream.WriteAsync(new WriteDataRequest { End = end });
            }

            await call.RequestStream.CompleteAsync();
        }
    }
}
