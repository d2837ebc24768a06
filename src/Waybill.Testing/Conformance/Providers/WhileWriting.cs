namespace Waybill.Testing;

/// <summary>Takes snapshots of a volume that is being written.</summary>
internal static class WhileWriting
{
    public static async Task<List<KitSnapshot>> TakeSnapshotsAsync(ProviderScope scope, KitVolume volume, int count, CancellationToken cancellationToken)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int seed = scope.Random.Next();
        Task writing = Task.Run(() => WriteAsync(scope, volume, seed, begun, enough.Token, cancellationToken), cancellationToken);
        List<KitSnapshot> snapshots = [];
        try
        {
            await Task.WhenAny(begun.Task, writing).ConfigureAwait(false);
            while (snapshots.Count < count)
            {
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

    private static async Task WriteAsync(
        ProviderScope scope, KitVolume volume, int seed, TaskCompletionSource begun, CancellationToken enough, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var data = new byte[8192];
        BlockWriter writer = await scope.Provider.OpenWriteAsync(volume.Id, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            while (!enough.IsCancellationRequested)
            {
                int length = random.Next(1, data.Length);
                random.NextBytes(data);
                await writer.WriteAsync(random.NextInt64(volume.Window - length), data.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
                begun.TrySetResult();
                // Snapshots must get their turn where writing never waits.
                await Task.Yield();
            }

            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
