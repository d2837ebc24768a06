namespace Waybill.Testing;

/// <summary>Takes snapshots of a volume that is being written, with at least one whole write between any two.</summary>
internal sealed class WhileWriting(ProviderScope scope, KitVolume volume)
{
    private readonly Random _random = new(scope.Random.Next());
    private TaskCompletionSource? _awaited;

    public static async Task<List<KitSnapshot>> TakeSnapshotsAsync(ProviderScope scope, KitVolume volume, int count, CancellationToken cancellationToken)
    {
        WhileWriting course = new(scope, volume);
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task writing = Task.Run(() => course.WriteAsync(enough.Token, cancellationToken), cancellationToken);
        List<KitSnapshot> snapshots = [];
        try
        {
            while (snapshots.Count < count)
            {
                // The first to end may have begun before the last snapshot, and be in it.
                await course.WaitForWriteAsync(writing).ConfigureAwait(false);
                await course.WaitForWriteAsync(writing).ConfigureAwait(false);
                snapshots.Add(await scope.SnapshotAsync(volume, cancellationToken).ConfigureAwait(false));
            }
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }

        return snapshots;
    }

    private async Task WaitForWriteAsync(Task writing)
    {
        TaskCompletionSource awaited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _awaited, awaited);
        await Task.WhenAny(awaited.Task, writing).ConfigureAwait(false);
    }

    private async Task WriteAsync(CancellationToken enough, CancellationToken cancellationToken)
    {
        var data = new byte[8192];
        BlockWriter writer = await scope.Provider.OpenWriteAsync(volume.Id, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            while (!enough.IsCancellationRequested)
            {
                int length = _random.Next(1, data.Length);
                _random.NextBytes(data);
                await writer.WriteAsync(_random.NextInt64(volume.Window - length), data.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                Interlocked.Exchange(ref _awaited, null)?.TrySetResult();
                // Snapshots must get their turn where writing never waits.
                await Task.Yield();
            }

            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
