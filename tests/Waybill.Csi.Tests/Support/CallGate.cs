using Waybill.Testing;

namespace Waybill.Csi.Tests.Support;

/// <summary>Holds calls of a platform until it is opened.</summary>
internal sealed class CallGate : IDisposable
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CallGate(ScriptedProvider provider, ScriptedCall held) => provider.Faults.BeforeCall = async (call, cancellationToken) =>
    {
        if (call == held)
        {
            _entered.TrySetResult();
            await _open.Task.WaitAsync(TimeSpan.FromSeconds(60), cancellationToken);
        }
    };

    /// <summary>Gets what completes when the first call has come.</summary>
    public Task Entered => _entered.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public void Open() => _open.TrySetResult();

    public void Dispose() => Open();
}
