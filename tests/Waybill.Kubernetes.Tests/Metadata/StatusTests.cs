using Grpc.Core;
using Waybill.Kubernetes.Wire;
using static Waybill.Kubernetes.Tests.RawMetadataServer;

namespace Waybill.Kubernetes.Tests.Metadata;

/// <summary>What the statuses of a SnapshotMetadata service become, and who is asked with which token.</summary>
public sealed class StatusTests
{
    private const long Length = 1 << 20;

    [Theory]
    [InlineData(StatusCode.InvalidArgument, WaybillErrorCode.ProviderFailed, WaybillErrorCode.ProviderFailed)]
    [InlineData(StatusCode.NotFound, WaybillErrorCode.SnapshotNotFound, WaybillErrorCode.ChangeTrackingLost)]
    [InlineData(StatusCode.OutOfRange, WaybillErrorCode.RangeOutsideStream, WaybillErrorCode.RangeOutsideStream)]
    [InlineData(StatusCode.FailedPrecondition, WaybillErrorCode.ChangeTrackingLost, WaybillErrorCode.ChangeTrackingLost)]
    [InlineData(StatusCode.PermissionDenied, WaybillErrorCode.ClusterRefused, WaybillErrorCode.ClusterRefused)]
    [InlineData(StatusCode.Unimplemented, WaybillErrorCode.ProviderUnsupported, WaybillErrorCode.ProviderUnsupported)]
    [InlineData(StatusCode.Internal, WaybillErrorCode.ProviderFailed, WaybillErrorCode.ProviderFailed)]
    [InlineData(StatusCode.Unknown, WaybillErrorCode.ProviderFailed, WaybillErrorCode.ProviderFailed)]
    [InlineData(StatusCode.DataLoss, WaybillErrorCode.SourceReadFailed, WaybillErrorCode.SourceReadFailed)]
    public async Task ListThatIsRefused_SaysWhy_AndIsNotAskedForAgain(StatusCode status, WaybillErrorCode allocated, WaybillErrorCode changed)
    {
        await using RawMetadataServer server = await StartAsync(_ => Refuse(status, "words of the server"));
        using SnapshotMetadataClient client = server.Connect();

        ProviderException first = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());
        ProviderException second = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListChangedAsync("shop", new ChangeId("b"), "monday", Length).ToListAsync());

        Assert.Equal((allocated, changed), (first.Code, second.Code));
        Assert.Equal(2, server.Asked.Count);
        Assert.All([first, second], error =>
        {
            Assert.Equal((status.ToString(), "shop/monday", false), (error.VendorCode, error.ObjectName, error.IsTransient));
            Assert.Contains("words of the server", error.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Token_ThatRanOut_IsRenewedOnce()
    {
        List<bool> asked = [];
        await using RawMetadataServer server = await StartAsync(question => question.Token == "fresh" ? new RawAnswer(Part(Length, BlockMetadataType.VariableLength, (0, 1))) : Refuse(StatusCode.Unauthenticated));
        using SnapshotMetadataClient client = server.Connect((renew, _) =>
        {
            asked.Add(renew);
            return ValueTask.FromResult(renew ? "fresh" : "old");
        });

        Assert.Single(await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());

        Assert.Equal([false, true], asked);
        Assert.Equal(["old", "fresh"], server.Asked.Select(question => question.Token));
    }

    [Fact]
    public async Task Token_ThatIsRefusedWhenItIsNew_EndsTheList()
    {
        await using RawMetadataServer server = await StartAsync(_ => Refuse(StatusCode.Unauthenticated));
        using SnapshotMetadataClient client = server.Connect();

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());

        Assert.Equal((WaybillErrorCode.ClusterRefused, nameof(StatusCode.Unauthenticated), false), (error.Code, error.VendorCode, error.IsTransient));
        Assert.Equal(2, server.Asked.Count);
    }

    [Fact]
    public async Task Token_ThatRunsOutDuringAList_IsRenewedWhenItIsGoneOnWith()
    {
        int tokens = 0;
        await using RawMetadataServer server = await StartAsync(asked =>
            asked.Token == $"token {asked.Start / 4096}"
                ? new RawAnswer(Part(Length, BlockMetadataType.FixedLength, (asked.Start, 4096))) { Status = asked.Start == 3 * 4096 ? 0 : (int)StatusCode.Unavailable }
                : Refuse(StatusCode.Unauthenticated));
        using SnapshotMetadataClient client = server.Connect((renew, _) => ValueTask.FromResult($"token {(renew ? ++tokens : tokens)}"));

        Assert.Equal(4, await client.ListAllocatedAsync("shop", "monday", Length).CountAsync());
        Assert.Equal(7, server.Asked.Count);
    }

    [Fact]
    public async Task SupplierThatFails_EndsTheListWithWhatItSays()
    {
        await using RawMetadataServer server = await StartAsync();
        using SnapshotMetadataClient client = server.Connect((_, _) => throw new InvalidOperationException("no token today"));

        Assert.Equal("no token today", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync())).Message);
    }

    [Theory]
    [InlineData(StatusCode.Unauthenticated)]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.Unavailable)]
    public async Task Token_IsInNoError_EvenIfTheServerSaysIt(StatusCode status)
    {
        await using RawMetadataServer server = await StartAsync(_ => Refuse(status, $"cannot use '{Token}' here"));
        using SnapshotMetadataClient client = server.Connect(retryLimit: TimeSpan.Zero);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await client.ListAllocatedAsync("shop", "monday", Length).ToListAsync());

        Assert.Contains("cannot use", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Token, error.ToDisplayString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_IsNotInAnyText()
    {
        await using RawMetadataServer server = await StartAsync();
        using SnapshotMetadataClient client = server.Connect();
        var options = new SnapshotMetadataClientOptions(server.Server.Address, server.Server.Authority, (_, _) => ValueTask.FromResult(Token));

        Assert.DoesNotContain(Token, options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Token, client.ToString(), StringComparison.Ordinal);
    }
}
