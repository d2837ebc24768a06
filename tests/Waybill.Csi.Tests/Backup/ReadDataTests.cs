using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Backup;

public sealed class ReadDataTests
{
    private const int Block = 4096;

    public static TheoryData<ChangeShape> Shapes => [.. Enum.GetValues<ChangeShape>().Where(shape => shape != ChangeShape.None)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Data_InEveryShapeOfAPlatform_MakesTheSnapshotOfItsBase(ChangeShape shape)
    {
        await using BackupLab lab = await BackupLab.StartAsync(new ScriptedProviderOptions { Shape = shape });
        VolumeId volume = lab.AddVolume("data");
        byte[] monday = await WriteAndSnapAsync(lab, volume, "monday", 1);
        byte[] tuesday = await WriteAndSnapAsync(lab, volume, "tuesday", 2);

        ReceivedData full = await ReceivedData.ReadAsync(lab.Client, Request("monday"));
        ReceivedData delta = await ReceivedData.ReadAsync(lab.Client, Request("tuesday", "monday"));

        Assert.NotEqual(Method.Delta, full.Head.Method);
        Assert.Equal(monday, full.ApplyTo(new byte[BackupLab.VolumeLength]));
        Assert.Equal(Method.Delta, delta.Head.Method);
        Assert.Equal(tuesday, delta.ApplyTo(monday));
        Assert.NotNull(delta.End);
    }

    [Fact]
    public async Task Data_CutAnywhereAndResumed_IsTheSame()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId volume = lab.AddVolume("data");
        byte[] before = await WriteAndSnapAsync(lab, volume, "monday", 3);
        byte[] after = await WriteAndSnapAsync(lab, volume, "tuesday", 4);
        Waybill.Backup.Wire.Backup.BackupClient client = lab.Client;

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30), Prop.ForAll(Gen.Choose(1, 40).ToArbitrary(), chunks => ResumesAsync(chunks).GetAwaiter().GetResult()));

        async Task<bool> ResumesAsync(int chunks)
        {
            ReceivedData first = await ReceivedData.ReadAsync(client, Request("tuesday", "monday"), chunks);
            ulong done = first.Chunks.Count == 0 ? 0 : first.Chunks[^1].Offset + first.Chunks[^1].Length;
            ReceivedData rest = await ReceivedData.ReadAsync(client, Request("tuesday", "monday", done));
            return rest.End is not null && rest.Head.StartingOffset == done && rest.ApplyTo(first.ApplyTo(before)).AsSpan().SequenceEqual(after);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(4095, 4097)]
    [InlineData(1_234_567, 3_000_001)]
    public async Task Data_BetweenTwoOffsets_IsThatPartOfIt(int start, int end)
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId volume = lab.AddVolume("data");
        byte[] content = await WriteAndSnapAsync(lab, volume, "monday", 5);
        ReadDataRequest request = Request("monday", start: (ulong)start);
        request.EndingOffset = (ulong)end;

        ReceivedData part = await ReceivedData.ReadAsync(lab.Client, request);

        int last = end == 0 ? content.Length : end;
        Assert.Equal(content[start..last], part.ApplyTo(new byte[content.Length])[start..last]);
        Assert.All(part.Chunks, chunk => Assert.InRange((long)(chunk.Offset + chunk.Length), start, last));
    }

    [Fact]
    public async Task Delta_ThatCannotBeHad_IsReplacedOnlyAsFarAsTheCallerAllows()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId volume = lab.AddVolume("data");
        await WriteAndSnapAsync(lab, volume, "monday", 6);
        byte[] tuesday = await WriteAndSnapAsync(lab, volume, "tuesday", 7);
        lab.Provider.LoseTracking(volume);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => ReceivedData.ReadAsync(lab.Client, Request("tuesday", "monday")));
        ReadDataRequest lenient = Request("tuesday", "monday");
        lenient.Fallback.Add([Method.Allocated, Method.Full]);
        ReceivedData instead = await ReceivedData.ReadAsync(lab.Client, lenient);

        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.StartsWith("WB3004", refused.Status.Detail, StringComparison.Ordinal);
        Assert.NotEqual(Method.Delta, instead.Head.Method);
        Assert.NotEmpty(instead.Head.Reason);
        Assert.Equal(tuesday, instead.ApplyTo(new byte[tuesday.Length]));
    }

    [Fact]
    public async Task Base_OfAnotherVolume_IsRefused()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        await WriteAndSnapAsync(lab, lab.AddVolume("other"), "other", 8);
        await WriteAndSnapAsync(lab, lab.AddVolume("data"), "monday", 9);

        RpcException byName = await Assert.ThrowsAsync<RpcException>(() => ReceivedData.ReadAsync(lab.Client, Request("monday", "other")));
        string changeId = (await ReceivedData.ReadAsync(lab.Client, Request("other"))).Head.ChangeId;
        RpcException byId = await Assert.ThrowsAsync<RpcException>(() => ReceivedData.ReadAsync(
            lab.Client, new ReadDataRequest { Snapshot = Snapshot("monday"), Base = new Base { ChangeId = changeId } }));

        Assert.Equal(StatusCode.InvalidArgument, byName.StatusCode);
        Assert.Equal(StatusCode.InvalidArgument, byId.StatusCode);
    }

    [Fact]
    public async Task Start_BeyondTheEnd_IsOutOfRange()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        await WriteAndSnapAsync(lab, lab.AddVolume("data"), "monday", 10);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => ReceivedData.ReadAsync(lab.Client, Request("monday", start: BackupLab.VolumeLength + 1)));

        Assert.Equal(StatusCode.OutOfRange, error.StatusCode);
        Assert.NotNull((await ReceivedData.ReadAsync(lab.Client, Request("monday", start: BackupLab.VolumeLength))).End);
    }

    [Fact]
    public async Task Platform_ThatFailsInTheMiddle_EndsTheStreamWithoutItsEnd()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId volume = lab.AddVolume("data");
        await WriteAndSnapAsync(lab, volume, "monday", 11);
        lab.Provider.Faults.Fail(ScriptedCall.Read, nth: 3);

        using AsyncServerStreamingCall<ReadDataResponse> call = lab.Client.ReadData(Request("monday"));
        var parts = new List<ReadDataResponse.PartOneofCase>();
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (ReadDataResponse part in call.ResponseStream.ReadAllAsync())
            {
                parts.Add(part.PartCase);
            }
        });

        Assert.NotEqual(StatusCode.OK, error.StatusCode);
        Assert.DoesNotContain(ReadDataResponse.PartOneofCase.End, parts);
        Assert.StartsWith("WB3010", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ranges_AreThoseOfTheData()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        VolumeId volume = lab.AddVolume("data");
        byte[] before = await WriteAndSnapAsync(lab, volume, "monday", 12);
        byte[] after = await WriteAndSnapAsync(lab, volume, "tuesday", 13);
        using AsyncServerStreamingCall<ListRangesResponse> call = lab.Client.ListRanges(
            new ListRangesRequest { Snapshot = Snapshot("tuesday"), Base = new Base { SnapshotName = "monday" } });
        var ranges = new List<Waybill.Backup.Wire.Range>();
        End? end = null;
        await foreach (ListRangesResponse part in call.ResponseStream.ReadAllAsync())
        {
            ranges.AddRange(part.Ranges?.Ranges_ ?? []);
            end = part.End ?? end;
        }

        Assert.Equal((ulong)ranges.Count, end!.Ranges);
        for (int offset = 0; offset < after.Length; offset += Block)
        {
            bool listed = ranges.Exists(range => (int)range.Offset <= offset && offset < (int)(range.Offset + range.Length));
            Assert.True(listed || before.AsSpan(offset, Block).SequenceEqual(after.AsSpan(offset, Block)), $"The change at {offset} is not listed.");
        }
    }

    internal static SnapshotRef Snapshot(string name) => new() { Namespace = BackupLab.Namespace, Name = name };

    internal static ReadDataRequest Request(string snapshot, string? from = null, ulong start = 0)
    {
        var request = new ReadDataRequest { Snapshot = Snapshot(snapshot), StartingOffset = start };
        if (from is not null)
        {
            request.Base = new Base { SnapshotName = from };
        }

        return request;
    }

    internal static async Task<byte[]> WriteAndSnapAsync(BackupLab lab, VolumeId volume, string name, int seed)
    {
        ModelDisk disk = lab.Provider.GetDisk(volume);
        var random = new Random(seed);
        for (int write = 0; write < 60; write++)
        {
            int length = random.Next(1, 5 * Block);
            int offset = random.Next(0, BackupLab.VolumeLength - length);
            if (random.Next(6) == 0)
            {
                disk.Discard(new ByteRange(offset / Block * Block, Block));
            }
            else
            {
                byte[] data = new byte[length];
                random.NextBytes(data);
                disk.Write(offset, data);
            }
        }

        SnapshotDescriptor snapshot = await lab.SnapAsync(volume, name);
        var content = new byte[BackupLab.VolumeLength];
        lab.Provider.GetContent(snapshot.Id).Read(0, content);
        return content;
    }
}
