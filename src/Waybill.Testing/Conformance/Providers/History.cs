using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>What happens to a volume between snapshots, at random but the same for the same seed.</summary>
internal static class History
{
    private const int Generations = 4;
    private const int Changes = 5;
    private const int Block = 64 * 1024;

    /// <summary>The size of the block that each generation but the first zeroes; it begins at a multiple of its size.</summary>
    public const int ZeroedLength = Block;

    /// <summary>Writes, zeroes and grows a volume, and takes snapshots in between.</summary>
    public static async Task<List<KitSnapshot>> PlayAsync(ProviderScope scope, KitVolume volume, CancellationToken cancellationToken)
    {
        List<KitSnapshot> snapshots = [];
        for (int generation = 0; generation < Generations; generation++)
        {
            if (generation == 2)
            {
                await GrowAsync(scope, volume, cancellationToken).ConfigureAwait(false);
            }

            await scope.WriteAsync(volume, writer => ChangeAsync(scope, volume, writer, generation, cancellationToken), cancellationToken).ConfigureAwait(false);
            snapshots.Add(await scope.SnapshotAsync(volume, cancellationToken).ConfigureAwait(false));
        }

        return snapshots;
    }

    /// <summary>Gives the blocks that were data in one snapshot of a history and are zeros in another, in which nothing else was written since.</summary>
    public static IEnumerable<ByteRange> ZeroedIn(KitSnapshot from, KitSnapshot target) =>
        Enumerable.Range(1, Generations - 1)
            .Select(ZeroedBy)
            .Where(block => from.Model.Read(block).AsSpan().ContainsAnyExcept((byte)0) && !target.Model.Read(block).AsSpan().ContainsAnyExcept((byte)0));

    private static ByteRange ZeroedBy(int generation) => new(generation * 2 * Block, Block);

    private static async ValueTask ChangeAsync(ProviderScope scope, KitVolume volume, BlockWriter writer, int generation, CancellationToken cancellationToken)
    {
        Random random = scope.Random;
        if (generation == 0)
        {
            // The first half is data, so that there is something to overwrite and to zero; some of it lies at the very end.
            await WriteAsync(0, scope.RandomBytes((int)(volume.Window / 2))).ConfigureAwait(false);
            await WriteAsync(volume.Window - 1, [1]).ConfigureAwait(false);
            return;
        }

        // A whole block of data is zeroed in each generation: always another one.
        ByteRange zeroed = ZeroedBy(generation);
        volume.Model.WriteZeroes(zeroed);
        await writer.WriteZeroesAsync(zeroed, cancellationToken).ConfigureAwait(false);
        for (int change = 0; change < Changes; change++)
        {
            int length = random.Next(1, 40_000);
            long offset = random.NextInt64(volume.Window - length);
            if (new ByteRange(offset, length).Intersect(ByteRange.FromBounds(0, 8 * Block)).Length > 0)
            {
                // Left to the zeros, so that they can be told apart.
                offset = (8 * Block) + (offset % (volume.Window - (8 * Block) - length));
            }

            if (random.Next(4) == 0)
            {
                var range = new ByteRange(offset, length);
                volume.Model.WriteZeroes(range);
                await writer.WriteZeroesAsync(range, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await WriteAsync(offset, scope.RandomBytes(length)).ConfigureAwait(false);
            }
        }

        // One byte, at the end: the last unit is the one that is rounded wrongly.
        await WriteAsync(volume.Window - 1, [(byte)(generation + 1)]).ConfigureAwait(false);

        async ValueTask WriteAsync(long offset, byte[] data)
        {
            volume.Model.Write(offset, data);
            await writer.WriteAsync(offset, data, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task GrowAsync(ProviderScope scope, KitVolume volume, CancellationToken cancellationToken)
    {
        VolumeCapabilities capabilities = await scope.CapabilitiesAsync(volume, cancellationToken).ConfigureAwait(false);
        if (scope.Provisioner is not { } provisioner || !capabilities.Grows)
        {
            return;
        }

        long length = volume.Model.Length + (5 * Block);
        VolumeDescriptor grown = await provisioner.GrowVolumeAsync(volume.Id, length, cancellationToken).ConfigureAwait(false);
        bool whole = volume.Window == volume.Model.Length;
        volume.Model.Grow(grown.Length);
        volume.Window = whole && grown.Length == length ? length : volume.Window;
    }
}
