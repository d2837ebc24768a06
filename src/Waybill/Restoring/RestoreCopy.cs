using Waybill.Bundles;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>Makes, writes and compares volumes of one restore.</summary>
internal sealed class RestoreCopy(EngineContext context, BundleChain chain, RunLedger ledger, bool verify, IProgress<EngineProgress>? progress)
{
    private const int PieceLength = 1 << 20;

    public async Task<RestoredVolume> RestoreAsync(PlannedRestore planned, CancellationToken cancellationToken)
    {
        IVolumeProvider provider = context.GetProvider(planned.Provider);
        VolumeId volume = planned.Volume;
        if (planned.Item.Target is RestoreTarget.NewVolume target)
        {
            volume = await CreateAsync(planned, target, cancellationToken).ConfigureAwait(false);
        }

        if (planned.IsTree)
        {
            return await RestoreTreeAsync(planned.Item, (IFileTreeProvider)provider, volume, cancellationToken).ConfigureAwait(false);
        }

        BlockReader content = chain.OpenStream(StreamKind.BlockVolume, planned.Item.Volume);
        await using (content.ConfigureAwait(false))
        {
            await WriteAsync(planned.Item.Volume, content, provider, volume, cancellationToken).ConfigureAwait(false);
            if (verify)
            {
                await CompareAsync(planned, content, provider, volume, cancellationToken).ConfigureAwait(false);
            }
        }

        return new RestoredVolume(planned.Item, volume, verify);
    }

    private async Task<VolumeId> CreateAsync(PlannedRestore planned, RestoreTarget.NewVolume target, CancellationToken cancellationToken)
    {
        LedgerEntry entry = await ledger.IntendAsync(LedgerKind.Volume, target.Provider, target.Name, default, cancellationToken).ConfigureAwait(false);
        var request = new VolumeCreateRequest(target.Name, planned.Length)
        {
            Kind = planned.IsTree ? VolumeKind.FileTree : VolumeKind.Block,
            StorageClass = target.StorageClass,
        };
        VolumeDescriptor made = await ((IVolumeProvisioner)context.GetProvider(target.Provider)).CreateVolumeAsync(request, cancellationToken).ConfigureAwait(false);
        await ledger.CreatedAsync(entry, made.Id.ToString()).ConfigureAwait(false);
        return made.Id;
    }

    private async Task WriteAsync(string name, BlockReader content, IVolumeProvider provider, VolumeId volume, CancellationToken cancellationToken)
    {
        BlockWriter writer = await provider.OpenWriteAsync(volume, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            if (writer.Length > content.Length && !writer.StartsZeroed)
            {
                // What a dirty target holds behind the end would otherwise pass for restored.
                await writer.WriteZeroesAsync(ByteRange.FromBounds(content.Length, writer.Length), cancellationToken).ConfigureAwait(false);
            }

            await VolumeRestorer.RestoreAsync(content, writer, null, name, new ProgressRelay(progress, EnginePhase.Copying), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares every byte that was restored, and that the rest is zeros.</summary>
    private async Task CompareAsync(PlannedRestore planned, BlockReader content, IVolumeProvider provider, VolumeId volume, CancellationToken cancellationToken)
    {
        BlockReader written = await provider.OpenReadAsync(new VolumeSource(volume), cancellationToken).ConfigureAwait(false);
        await using (written.ConfigureAwait(false))
        {
            var now = new byte[PieceLength];
            var wanted = new byte[PieceLength];
            long position = 0;

            // What neither side may hold anything in is zeros on both.
            await foreach (ByteRange range in MayDifferAsync(content, written, cancellationToken).ConfigureAwait(false))
            {
                for (position = Math.Max(position, range.Offset); position < range.End;)
                {
                    long end = Math.Min(range.End, (position / PieceLength * PieceLength) + PieceLength);
                    Memory<byte> found = now.AsMemory(0, (int)(end - position));
                    Memory<byte> expected = wanted.AsMemory(0, found.Length);
                    int read = await written.ReadAsync(position, found, cancellationToken).ConfigureAwait(false);
                    await ReadPaddedAsync(content, position, expected, cancellationToken).ConfigureAwait(false);
                    int same = found.Span[..read].CommonPrefixLength(expected.Span);
                    if (same < found.Length)
                    {
                        throw Differs(planned, volume, position + same);
                    }

                    position = end;
                    progress?.Report(new EngineProgress(EnginePhase.Verifying, planned.Item.Volume, position, written.Length));
                }
            }
        }
    }

    private static async IAsyncEnumerable<ByteRange> MayDifferAsync(
        BlockReader first, BlockReader second, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerator<ByteRange> left = first.GetDataRangesAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        IAsyncEnumerator<ByteRange> right = second.GetDataRangesAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (left.ConfigureAwait(false))
        await using (right.ConfigureAwait(false))
        {
            bool hasLeft = await left.MoveNextAsync().ConfigureAwait(false);
            bool hasRight = await right.MoveNextAsync().ConfigureAwait(false);
            while (hasLeft || hasRight)
            {
                if (hasLeft && (!hasRight || left.Current.Offset <= right.Current.Offset))
                {
                    yield return left.Current;
                    hasLeft = await left.MoveNextAsync().ConfigureAwait(false);
                }
                else
                {
                    yield return right.Current;
                    hasRight = await right.MoveNextAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private static async ValueTask ReadPaddedAsync(BlockReader content, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int read = offset >= content.Length ? 0 : await content.ReadAsync(offset, destination, cancellationToken).ConfigureAwait(false);
        destination.Span[read..].Clear();
    }

    private async Task<RestoredVolume> RestoreTreeAsync(RestoreItem item, IFileTreeProvider provider, VolumeId volume, CancellationToken cancellationToken)
    {
        FileTreeTarget target = await provider.OpenTreeTargetAsync(volume, cancellationToken).ConfigureAwait(false);
        await using (target.ConfigureAwait(false))
        {
            var options = new FileTreeRestoreOptions { Only = item.Only };
            FileTreeRestoreResult result = await FileTreeRestorer.RestoreAsync(
                chain, item.Volume, target, options, new ProgressRelay(progress, EnginePhase.Copying), cancellationToken).ConfigureAwait(false);
            return new RestoredVolume(item, volume, IsVerified: false) { Problems = [.. result.Problems], DamagedFiles = [.. result.DamagedFiles] };
        }
    }

    private static ProviderException Differs(PlannedRestore planned, VolumeId volume, long offset) => new(
        WaybillErrorCode.TargetWriteFailed, planned.Provider, $"The volume '{volume}' does not hold what was written to it")
    {
        ObjectName = planned.Item.Volume,
        Offset = offset,
        Hint = "Something else writes to it, or the platform lost a write. Do not use the volume.",
    };
}
