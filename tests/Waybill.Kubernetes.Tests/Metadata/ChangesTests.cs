using Grpc.Core;
using Waybill.Kubernetes.Wire;
using Waybill.Providers;
using static Waybill.Kubernetes.Tests.RawMetadataServer;

namespace Waybill.Kubernetes.Tests.Metadata;

/// <summary>What is done where a SnapshotMetadata service knows what changed, and where it does not.</summary>
public sealed class ChangesTests
{
    private const long Mebibyte = 1 << 20;
    private const long Length = 4 * Mebibyte;
    private const BlockMetadataType Variable = BlockMetadataType.VariableLength;

    [Fact]
    public async Task ChangesThatAreKnown_AreListedEachTimeTheyAreAskedFor()
    {
        (long Offset, long Size)[] all = [(0, 4096), (3 * Mebibyte, 8192)];
        await using RawMetadataServer server = await StartAsync(asked => new RawAnswer(Part(Length, Variable, all.Where(range => range.Offset + range.Size > asked.Start))));
        using SnapshotMetadataClient client = server.Connect();

        DiffResult result = await DiffAsync(client);

        RangeDelta delta = Assert.IsAssignableFrom<RangeDelta>(Assert.IsType<DiffResult.Known>(result).Changes);
        await using (delta)
        {
            Assert.Null(delta.Reader);
            Assert.Equal([new ChangedRange(new(0, 4096)), new(new(3 * Mebibyte, 8192))], await delta.ListAsync().ToListAsync());
            Assert.Equal([new ChangedRange(new((3 * Mebibyte) + 4096, 4096))], await delta.ListAsync((3 * Mebibyte) + 4096).ToListAsync());
            Assert.Empty(await delta.ListAsync(Length).ToListAsync());
        }

        // Whether it is known was asked at the end, where there is little to find out.
        Assert.Equal([3 * Mebibyte, 0, 3 * Mebibyte], server.Asked.Select(asked => asked.Start));
        Assert.All(server.Asked, asked => Assert.Equal(("shop", "tuesday", "base"), (asked.Namespace, asked.Snapshot, asked.Base)));
    }

    [Fact]
    public async Task NoChanges_AreKnownToBeNone()
    {
        await using RawMetadataServer server = await StartAsync(_ => new RawAnswer());
        using SnapshotMetadataClient client = server.Connect();

        var known = Assert.IsType<DiffResult.Known>(await DiffAsync(client));

        Assert.Empty(await ((RangeDelta)known.Changes).ListAsync().ToListAsync());
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition)]
    [InlineData(StatusCode.NotFound)]
    [InlineData(StatusCode.Unimplemented)]
    public async Task ChangesThatAreNotKnown_LeaveWhatIsAllocated_OrEverything(StatusCode status)
    {
        await using RawMetadataServer both = await StartAsync(asked => asked.Base is null ? new RawAnswer(Part(Length, Variable)) : Refuse(status, "not tracked"));
        await using RawMetadataServer neither = await StartAsync(asked => Refuse(asked.Base is null && status == StatusCode.NotFound ? StatusCode.Unimplemented : status, "not tracked"));
        using SnapshotMetadataClient knowing = both.Connect();
        using SnapshotMetadataClient unknowing = neither.Connect();

        Assert.Contains("not tracked", Assert.IsType<DiffResult.UseAllocated>(await DiffAsync(knowing)).Reason, StringComparison.Ordinal);
        Assert.Contains("not tracked", Assert.IsType<DiffResult.UseFull>(await DiffAsync(unknowing)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SnapshotThatIsGone_IsNoReasonToReadEverything()
    {
        await using RawMetadataServer server = await StartAsync(_ => Refuse(StatusCode.NotFound));
        using SnapshotMetadataClient client = server.Connect();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => DiffAsync(client));

        Assert.Equal((WaybillErrorCode.SnapshotNotFound, nameof(StatusCode.NotFound)), (error.Code, error.VendorCode));
    }

    [Fact]
    public async Task BaseOfAnotherVolume_IsFatal()
    {
        await using RawMetadataServer server = await StartAsync(_ => Refuse(StatusCode.InvalidArgument, "the base is not of this volume"));
        using SnapshotMetadataClient client = server.Connect();

        Assert.Contains("not of this volume", Assert.IsType<DiffResult.Fatal>(await DiffAsync(client)).Reason, StringComparison.Ordinal);
        Assert.Single(server.Asked);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.Aborted)]
    [InlineData(StatusCode.DeadlineExceeded)]
    public async Task ServiceThatIsBusy_IsAskedLater(StatusCode status)
    {
        await using RawMetadataServer server = await StartAsync(_ => Refuse(status, "busy"));
        await using RawMetadataServer half = await StartAsync(asked => Refuse(asked.Base is null ? status : StatusCode.FailedPrecondition, "busy"));
        using SnapshotMetadataClient client = server.Connect(retryLimit: TimeSpan.Zero);
        using SnapshotMetadataClient another = half.Connect(retryLimit: TimeSpan.Zero);

        var later = Assert.IsType<DiffResult.RetryLater>(await DiffAsync(client));

        Assert.True(later.After > TimeSpan.Zero);
        Assert.IsType<DiffResult.RetryLater>(await DiffAsync(another));
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied, WaybillErrorCode.ClusterRefused)]
    [InlineData(StatusCode.Unauthenticated, WaybillErrorCode.ClusterRefused)]
    [InlineData(StatusCode.Internal, WaybillErrorCode.ProviderFailed)]
    [InlineData(StatusCode.OutOfRange, WaybillErrorCode.RangeOutsideStream)]
    [InlineData(StatusCode.DataLoss, WaybillErrorCode.SourceReadFailed)]
    public async Task ServiceThatRefusesOrFails_IsAnError_BothTimes(StatusCode status, WaybillErrorCode code)
    {
        await using RawMetadataServer server = await StartAsync(_ => Refuse(status));
        await using RawMetadataServer half = await StartAsync(asked => Refuse(asked.Base is null ? status : StatusCode.FailedPrecondition));
        using SnapshotMetadataClient client = server.Connect();
        using SnapshotMetadataClient another = half.Connect();

        Assert.Equal(code, (await Assert.ThrowsAsync<ProviderException>(() => DiffAsync(client))).Code);
        Assert.Equal(code, (await Assert.ThrowsAsync<ProviderException>(() => DiffAsync(another))).Code);
    }

    [Fact]
    public async Task ServiceThatLies_OrDoesNotAnswer_IsAnError()
    {
        RawMetadataServer server = await StartAsync(_ => new RawAnswer(Part(Length / 2, Variable)));
        using SnapshotMetadataClient client = server.Connect();

        Assert.Equal(WaybillErrorCode.DeltaInvalid, (await Assert.ThrowsAsync<ProviderException>(() => DiffAsync(client))).Code);
        await server.DisposeAsync();
        Assert.Equal(WaybillErrorCode.ProviderFailed, (await Assert.ThrowsAsync<ProviderException>(() => DiffAsync(client))).Code);
    }

    private static Task<DiffResult> DiffAsync(SnapshotMetadataClient client) =>
        SnapshotMetadataChanges.DiffAsync(client, "shop", "tuesday", new ChangeId("base"), Length, CancellationToken.None);
}
