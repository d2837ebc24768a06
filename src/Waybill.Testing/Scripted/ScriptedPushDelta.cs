using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Changes that the platform sends.</summary>
internal sealed class ScriptedPushDelta(ScriptedProvider provider, ScriptedSnapshot target, ImmutableArray<ChangedRange> changes) : PushDelta
{
    private int _pushes;

    public override async Task PushAsync(IChangeSink sink, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        if (Interlocked.Increment(ref _pushes) > 1)
        {
            throw new InvalidOperationException("Changes are pushed once.");
        }

        await foreach (VolumeChange change in ScriptedStreamDelta.SendAsync(provider, target, changes, cancellationToken).ConfigureAwait(false))
        {
            await sink.WriteAsync(change, cancellationToken).ConfigureAwait(false);
        }
    }
}
