using Grpc.Core;

namespace Waybill.Csi.Tests.Nodes;

public sealed class NodeToolTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(5);

    [SkippableFact]
    public async Task Run_OfAProgramThatFails_SaysWhatItSaid()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");

        RpcException error = await Assert.ThrowsAsync<RpcException>(
            () => new NodeTool("sh", s_long, TimeProvider.System).RunAsync(["-c", "echo one; echo two >&2; exit 3"], CancellationToken.None));

        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.Contains("ended with 3", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("one", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("two", error.Status.Detail, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Run_OfAProgramThatIsNotThere_IsRefused()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");

        RpcException error = await Assert.ThrowsAsync<RpcException>(
            () => new NodeTool("waybill-no-such-program", s_long, TimeProvider.System).RunAsync([], CancellationToken.None));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
    }

    [SkippableFact]
    public async Task Run_OfAProgramThatTakesTooLong_StopsItWithAllItStarted()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");

        RpcException error = await Assert.ThrowsAsync<RpcException>(
            () => new NodeTool("sh", TimeSpan.FromMilliseconds(200), TimeProvider.System).RunAsync(["-c", "echo begun; sleep 600; true"], CancellationToken.None));

        Assert.Contains("did not end within 0.2 s", error.Status.Detail, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Run_ThatIsCancelled_StopsTheProgramAndSaysSo()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new NodeTool("sleep", s_long, TimeProvider.System).RunAsync(["600"], cancel.Token));
    }
}
