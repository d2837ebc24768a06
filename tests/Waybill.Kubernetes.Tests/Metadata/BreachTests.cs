using Grpc.Core;
using Waybill.Kubernetes.Wire;
using Waybill.Testing;
using static Waybill.Kubernetes.Tests.RawMetadataServer;

namespace Waybill.Kubernetes.Tests.Metadata;

/// <summary>What must not be believed of a SnapshotMetadata service, over a real wire.</summary>
public sealed class BreachTests
{
    private const long Length = 1 << 20;
    private const BlockMetadataType Fixed = BlockMetadataType.FixedLength;
    private const BlockMetadataType Variable = BlockMetadataType.VariableLength;

    private static readonly Dictionary<string, RawAnswer> s_breaches = new()
    {
        ["empty range"] = Ranges((0, 0)),
        ["negative size"] = Ranges((4096, -4096)),
        ["negative offset"] = Ranges((-4096, 4096)),
        ["both negative"] = Ranges((-1, -1)),
        ["the smallest numbers"] = Ranges((long.MinValue, long.MinValue)),
        ["overflow"] = Ranges((4096, long.MaxValue)),
        ["backwards"] = Ranges((8192, 4096), (0, 4096)),
        ["backwards across messages"] = new RawAnswer(Part(Length, Variable, (8192, 4096)), Part(Length, Variable, (0, 4096))),
        ["overlap"] = Ranges((0, 4097), (4096, 4096)),
        ["overlap across messages"] = new RawAnswer(Part(Length, Variable, (0, 4097)), Part(Length, Variable, (4096, 4096))),
        ["twice"] = Ranges((0, 4096), (0, 4096)),
        ["behind the end"] = Ranges((Length, 4096)),
        ["across the end"] = Ranges((Length - 1, 2)),
        ["a block behind the end"] = new RawAnswer(Part(Length + 100, Fixed, (0, 4096), (Length, 4096))),
        ["a block behind one that is cut"] = new RawAnswer(Part(Length, Fixed, (0, Length - 1), (Length - 1, Length - 1), ((2 * Length) - 2, Length - 1))),
        ["blocks of two sizes"] = new RawAnswer(Part(Length, Fixed, (0, 4096), (8192, 8192))),
        ["blocks of two sizes across messages"] = new RawAnswer(Part(Length, Fixed, (0, 4096)), Part(Length, Fixed, (8192, 512))),
        ["no type"] = new RawAnswer(Part(Length, BlockMetadataType.Unknown, (0, 4096))),
        ["no type, no ranges"] = new RawAnswer(Part(Length, BlockMetadataType.Unknown)),
        ["a type that does not exist"] = new RawAnswer(Part(Length, (BlockMetadataType)7, (0, 4096))),
        ["another type"] = new RawAnswer(Part(Length, Variable, (0, 4096)), Part(Length, Fixed, (8192, 4096))),
        ["no capacity"] = new RawAnswer(Part(0, Variable, (0, 4096))),
        ["negative capacity"] = new RawAnswer(Part(-Length, Variable)),
        ["smaller capacity"] = new RawAnswer(Part(Length - 1, Variable, (0, 4096))),
        ["another capacity"] = new RawAnswer(Part(Length, Variable, (0, 4096)), Part(Length + 1, Variable, (8192, 4096))),
        ["another capacity, no ranges"] = new RawAnswer(Part(Length, Variable, (0, 4096)), Part(Length + 1, Variable)),
        ["more than was asked for"] = new RawAnswer(Part(Length, Variable, Enumerable.Range(0, 8193).Select(i => (i * 2L, 1L)))),
        ["a message that is too large"] = new RawAnswer { Garbage = [new byte[(4 << 20) + 1]] },
        ["no message"] = new RawAnswer(Part(Length, Variable, (0, 4096))) { Garbage = [[0xff, 0xff, 0xff]] },
    };

    public static TheoryData<string> Breaches => [.. s_breaches.Keys];

    [Theory]
    [MemberData(nameof(Breaches))]
    public async Task StreamThatBreaksTheContract_Fails_AndIsNotAskedForAgain(string breach)
    {
        await using RawMetadataServer server = await StartAsync(_ => s_breaches[breach]);
        using SnapshotMetadataClient client = server.Connect();

        ProviderException allocated = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
        ProviderException changed = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListChangedAsync("shop", new ChangeId("b"), "monday", Length).ToListAsync());

        Assert.All([allocated, changed], error => Assert.Equal((WaybillErrorCode.DeltaInvalid, false, "shop/monday"), (error.Code, error.IsTransient, error.ObjectName)));
        Assert.Equal(2, server.Asked.Count);
    }

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(Length / 2, 4096)]
    public async Task FirstRange_ThatEndsBeforeWhatWasAskedFor_IsABreach(long offset, long size)
    {
        await using RawMetadataServer server = await StartAsync(new RawAnswer(Part(4 * Length, Variable, (offset, size))));
        using SnapshotMetadataClient client = server.Connect();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", 4 * Length, 2 * Length).ToListAsync());

        Assert.Equal(WaybillErrorCode.DeltaInvalid, error.Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ServerThatSendsNothing_OrNothingButEmptyMessages_IsNotWaitedForForEver(bool sends)
    {
        var time = new ManualTimeProvider();
        await using RawMetadataServer server = await StartAsync(_ => new RawAnswer(sends ? Endless() : []) { CutWhen = new TaskCompletionSource().Task });
        using SnapshotMetadataClient client = server.Connect(time: time);

        Task<List<ByteRange>> reading = client.ListAllocatedAsync("shop", "monday", Length).ToListAsync().AsTask();
        while (!reading.IsCompleted)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => reading);
        Assert.Equal((WaybillErrorCode.ProviderBusy, nameof(StatusCode.DeadlineExceeded)), (error.Code, error.VendorCode));

        static IEnumerable<GetMetadataAllocatedResponse> Endless()
        {
            while (true)
            {
                yield return Part(Length, Variable);
            }
        }
    }

    private static RawAnswer Ranges(params (long Offset, long Size)[] ranges) => new(Part(Length, Variable, ranges));
}
