using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles.Tests.Local;

/// <summary>Ranges that are written past the page cache, among ranges that are not.</summary>
public sealed class DirectRangesTests
{
    private const int MiB = 1 << 20;

    [SkippableTheory]
    [InlineData(0, MiB, 0, true)]
    [InlineData(MiB + 4096, 128 * 1024, 4096, true)]
    [InlineData(0, (128 * 1024) - 4096, 0, false)]
    [InlineData(512, MiB, 0, false)]
    [InlineData(0, MiB - 1, 0, false)]
    [InlineData(0, MiB - 4096, 8, false)]
    public async Task TryWriteAsync_LongAndAligned_IsWrittenAndOthersAreLeft(int offset, int length, int memoryOffset, bool written)
    {
        using var directory = new TempDirectory();
        using DirectRanges ranges = Open(directory["a"]);
        Memory<byte> bytes = Sample(MiB + 4096).Slice(memoryOffset, length);

        Assert.Equal(written, await ranges.TryWriteAsync(offset, bytes));

        byte[] found = File.ReadAllBytes(directory["a"]);
        Assert.Equal(written ? offset + length : 0, found.Length);
        Assert.True(!written || bytes.Span.SequenceEqual(found.AsSpan(offset)), "the file holds something else");
    }

    [SkippableFact]
    public async Task TryWriteAsync_Disposed_IsRefused()
    {
        using var directory = new TempDirectory();
        DirectRanges ranges = Open(directory["a"]);
        ranges.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ranges.TryWriteAsync(0, Sample(MiB)));
    }

    [SkippableFact]
    public async Task Dispose_WithWritesUnderWay_LetsThemEnd()
    {
        using var directory = new TempDirectory();
        DirectRanges ranges = Open(directory["a"]);
        Memory<byte> bytes = Sample(8 * MiB);
        Task<bool>[] writes = [.. Enumerable.Range(0, 8).Select(i => ranges.TryWriteAsync(i * MiB, bytes.Slice(i * MiB, MiB)).AsTask())];

        ranges.Dispose();

        Assert.All(await Task.WhenAll(writes), Assert.True);
        Assert.True(bytes.Span.SequenceEqual(File.ReadAllBytes(directory["a"])), "the file holds something else");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WriteAsync_OverEachOtherInBothWays_TheLastOneStays(bool durable)
    {
        using var directory = new TempDirectory();
        var expected = new byte[(4 * MiB) + 100];
        await using (FileBlockWriter writer = FileBlockWriter.Create(directory["a"], expected.Length, durable))
        {
            (int Offset, int Length)[] writes =
                [(0, MiB), (4000, 200), (MiB - 10, 20), (4096, MiB), (MiB, MiB - 4096), (3 * MiB, MiB), ((4 * MiB) - 100, 200), ((2 * MiB) + 1, MiB), (3 * MiB, 256 * 1024)];
            for (int i = 0; i < writes.Length; i++)
            {
                Memory<byte> bytes = Sample(writes[i].Length, i);
                await writer.WriteAsync(writes[i].Offset, bytes);
                bytes.Span.CopyTo(expected.AsSpan(writes[i].Offset));
            }

            await writer.WriteZeroesAsync(new ByteRange(5000, 600_000));
            expected.AsSpan(5000, 600_000).Clear();
            await writer.CompleteAsync();
        }

        Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(directory["a"])));
    }

    [SkippableFact]
    public async Task WriteAsync_FileSystemFull_SaysNoSpace()
    {
        using LoopDevice device = LoopDevice.CreateMounted("ext4", 8 * MiB);
        string path = Path.Combine(device.MountPoint, "image");
        await using (FileBlockWriter writer = FileBlockWriter.Create(path, 64 * MiB))
        {
            Memory<byte> bytes = Sample(MiB);
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () =>
            {
                for (int i = 0; i < 64; i++)
                {
                    await writer.WriteAsync(i * (long)MiB, bytes);
                }

                await writer.CompleteAsync();
            });
            Assert.Equal(WaybillErrorCode.NoSpace, error.Code);
            Assert.Equal(path, error.ObjectName);
        }

        Assert.False(File.Exists(path));
    }

    private static Memory<byte> Sample(int length, int seed = 1)
    {
        Memory<byte> bytes = DirectRanges.AllocateAligned(length);
        SampleBytes.Make(length, seed).CopyTo(bytes);
        return bytes;
    }

    private static DirectRanges Open(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        DirectRanges? ranges = DirectRanges.TryOpen(file, path);
        Skip.If(ranges is null, "the file system of temporary files does not write directly");
        return ranges;
    }
}
