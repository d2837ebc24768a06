using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Changes with their content, one after the other.</summary>
internal sealed class ScriptedStreamDelta(ScriptedProvider provider, ScriptedSnapshot target, ImmutableArray<ChangedRange> changes) : StreamDelta
{
    private int _reads;

    public override IAsyncEnumerable<VolumeChange> ReadAsync(CancellationToken cancellationToken = default) =>
        Interlocked.Increment(ref _reads) == 1
            ? SendAsync(provider, target, changes, cancellationToken)
            : throw new InvalidOperationException("A stream of changes is read once.");

    internal static async IAsyncEnumerable<VolumeChange> SendAsync(
        ScriptedProvider provider, ScriptedSnapshot target, ImmutableArray<ChangedRange> changes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[provider.Options.ChunkLength];
        await foreach (ChangedRange change in provider.PageAsync(Chunks(provider, changes), 0, cancellationToken).ConfigureAwait(false))
        {
            if (change.Kind != ChangedRangeKind.Data)
            {
                yield return VolumeChange.Zero(change.Range, change.Kind == ChangedRangeKind.Deallocated);
                continue;
            }

            Memory<byte> content = buffer.AsMemory(0, (int)change.Range.Length);
            target.Content.Read(change.Range.Offset, content.Span);
            yield return VolumeChange.Write(change.Range.Offset, content);
            // The content was borrowed: whoever still looks at it now sees that it is gone.
            content.Span.Fill(0xDD);
        }
    }

    private static IEnumerable<ChangedRange> Chunks(ScriptedProvider provider, ImmutableArray<ChangedRange> changes) =>
        changes.SelectMany(change => change.Kind == ChangedRangeKind.Data
            ? ScriptedProvider.Split(change.Range, provider.Options.ChunkLength).Select(part => change with { Range = part })
            : [change]);
}
