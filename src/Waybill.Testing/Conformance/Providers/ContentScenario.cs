using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>What is written to a volume is read from it.</summary>
internal static class ContentScenario
{
    private const int Concurrent = 8;

    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("content.round-trip", "What was written at any offset MUST be read there, and nothing else may change."),
        new("content.short-read", "A read MUST return all bytes asked for, or less only where the content ends."),
        new("content.zeroes", "A range made zero MUST read as zeros, and nothing else may change."),
        new("content.starts-zeroed", "A writer that says the volume starts as zeros MUST be right."),
        new("content.data-ranges", "Ranges that may hold anything but zeros MUST ascend, be disjoint and non-empty, and leave out zeros only."),
        new("content.concurrent-reads", "Reads MUST be allowed to run at the same time."),
        new("content.concurrent-writes", "Writes to ranges that do not overlap MUST be allowed to run at the same time."),
        new("content.read-cancelled", "A read that is cancelled MUST end in OperationCanceledException."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        KitVolume volume = await scope.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
        VolumeSource source = new(volume.Id);
        await verdicts.CheckAsync("content.starts-zeroed", () => CheckStartAsync(scope, volume, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "content.round-trip",
            async () =>
            {
                // Odd offsets and sizes, the first and the last byte, and one write over another.
                foreach ((long offset, int length) in (IEnumerable<(long, int)>)[(0, 1), (4093, 7), (65_537, 9_999), (70_001, 513), (volume.Window - 1, 1)])
                {
                    await scope.WriteAsync(volume, offset, scope.RandomBytes(length), cancellationToken).ConfigureAwait(false);
                }

                await CompareAsync(scope, volume, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "content.zeroes",
            async () =>
            {
                await scope.WriteAsync(volume, 200_000, scope.RandomBytes(100_000), cancellationToken).ConfigureAwait(false);
                foreach (ByteRange range in (IEnumerable<ByteRange>)[new(200_001, 3), new(212_992, 65_536), new(290_000, 10_000)])
                {
                    volume.Model.WriteZeroes(range);
                    await scope.WriteAsync(volume, writer => writer.WriteZeroesAsync(range, cancellationToken), cancellationToken).ConfigureAwait(false);
                }

                await CompareAsync(scope, volume, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        VolumeCapabilities capabilities = await scope.CapabilitiesAsync(volume, cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "content.concurrent-writes",
            async () =>
            {
                byte[][] pieces = [.. Enumerable.Range(0, Concurrent).Select(_ => scope.RandomBytes(5_001))];
                await scope.WriteAsync(
                    volume,
                    async writer => await Task.WhenAll(pieces.Select((piece, i) => writer.WriteAsync(400_000 + (i * 5_001L), piece, cancellationToken).AsTask())).ConfigureAwait(false),
                    cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < Concurrent; i++)
                {
                    volume.Model.Write(400_000 + (i * 5_001L), pieces[i]);
                }

                await CompareAsync(scope, volume, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        BlockReader reader = await scope.Provider.OpenReadAsync(source, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            await CheckReaderAsync(scope, verdicts, volume, reader, capabilities.MaxConcurrentReads, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task CheckReaderAsync(
        ProviderScope scope, Verdicts verdicts, KitVolume volume, BlockReader reader, int limit, CancellationToken cancellationToken)
    {
        await verdicts.CheckAsync(
            "content.short-read",
            async () =>
            {
                foreach ((long offset, int expected) in (IEnumerable<(long, int)>)[(reader.Length, 0), (reader.Length - 1, 1), (reader.Length - 10, 10), (5, 100)])
                {
                    int read = await reader.ReadAsync(offset, new byte[offset == 5 ? 100 : 64], cancellationToken).ConfigureAwait(false);
                    Verdicts.Require(read == expected, $"{read} bytes were read at offset {offset} of {reader.Length} instead of {expected}.");
                }
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "content.concurrent-reads",
            async () =>
            {
                int count = limit == 0 ? Concurrent : Math.Min(limit, Concurrent);
                await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
                {
                    var range = new ByteRange(400_000 + (i * 5_000L), 5_000);
                    byte[] content = await ProviderScope.ReadAsync(reader, range, cancellationToken).ConfigureAwait(false);
                    ContentComparison.RequireSame(content, volume.Model.TakeSnapshot().Read(range), $"What was read at {Ranges.Text(range)}");
                })).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "content.data-ranges",
            async () =>
            {
                List<ByteRange> ranges = [];
                await foreach (ByteRange range in reader.GetDataRangesAsync(cancellationToken).ConfigureAwait(false))
                {
                    Verdicts.Require(range.Length > 0 && range.End <= reader.Length && range.Offset >= (ranges.Count == 0 ? 0 : ranges[^1].End), $"{Ranges.Text(range)} is empty, outside or out of order.");
                    ranges.Add(range);
                }

                byte[] content = await scope.ReadAsync(new VolumeSource(volume.Id), volume.Window, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(ContentComparison.FindUncovered(content, Ranges.Cover(ranges, content.Length), "The list") is null, "A range that holds data was left out.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "content.read-cancelled",
            () => Verdicts.ExpectCancellationAsync(async () => await reader.ReadAsync(0, new byte[64], new CancellationToken(canceled: true)).ConfigureAwait(false)),
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckStartAsync(ProviderScope scope, KitVolume volume, CancellationToken cancellationToken)
    {
        bool claimed = false;
        await scope.WriteAsync(
            volume,
            writer =>
            {
                claimed = writer.StartsZeroed;
                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        byte[] content = await scope.ReadAsync(new VolumeSource(volume.Id), volume.Window, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(!claimed || !content.AsSpan().ContainsAnyExcept((byte)0), "It holds something already.");
        await scope.WriteAsync(volume, 12_345, [1, 2, 3], cancellationToken).ConfigureAwait(false);
        await scope.WriteAsync(
            volume,
            writer =>
            {
                Verdicts.Require(!writer.StartsZeroed, "It is claimed again after something was written.");
                return ValueTask.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CompareAsync(ProviderScope scope, KitVolume volume, CancellationToken cancellationToken)
    {
        byte[] content = await scope.ReadAsync(new VolumeSource(volume.Id), volume.Window, cancellationToken).ConfigureAwait(false);
        ContentComparison.RequireSame(content, volume.Model.TakeSnapshot().Read(new ByteRange(0, volume.Window)), "The volume");
    }
}
