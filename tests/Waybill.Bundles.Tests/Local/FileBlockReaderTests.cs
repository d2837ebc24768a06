using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles.Tests.Local;

public class FileBlockReaderTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task ReadAsync_AtAnyOffset_GivesTheBytesThere()
    {
        using var directory = new TempDirectory();
        byte[] content = SampleBytes.Make((3 * MiB) + 17);
        File.WriteAllBytes(directory["image"], content);
        await using FileBlockReader reader = FileBlockReader.Open(directory["image"]);

        var buffer = new byte[MiB];
        foreach (int offset in (int[])[0, 1, 4095, MiB, (2 * MiB) + 16])
        {
            Assert.Equal(MiB, await reader.ReadAsync(offset, buffer));
            Assert.True(content.AsSpan(offset, MiB).SequenceEqual(buffer), $"wrong bytes at {offset}");
        }

        Assert.Equal(content.Length, reader.Length);
    }

    [Fact]
    public async Task ReadAsync_AcrossTheEnd_GivesWhatThereIs()
    {
        using var directory = new TempDirectory();
        File.WriteAllBytes(directory["image"], SampleBytes.Make(100));
        await using FileBlockReader reader = FileBlockReader.Open(directory["image"]);

        Assert.Equal(10, await reader.ReadAsync(90, new byte[64]));
        Assert.Equal(0, await reader.ReadAsync(100, new byte[64]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await reader.ReadAsync(101, new byte[1]));
    }

    [Fact]
    public async Task ReadAsync_ManyAtOnce_EachGetsItsOwnBytes()
    {
        using var directory = new TempDirectory();
        byte[] content = SampleBytes.Make(4 * MiB);
        File.WriteAllBytes(directory["image"], content);
        await using FileBlockReader reader = FileBlockReader.Open(directory["image"]);

        await Parallel.ForEachAsync(Enumerable.Range(0, 256), async (i, ct) =>
        {
            var buffer = new byte[64 * 1024];
            int offset = i * 15_000;
            int count = await reader.ReadAsync(offset, buffer, ct);
            Assert.True(content.AsSpan(offset, count).SequenceEqual(buffer.AsSpan(0, count)), $"wrong bytes at {offset}");
        });
    }

    [Fact]
    public async Task ReadAsync_FileBecameShorter_SaysThatTheSourceChanged()
    {
        using var directory = new TempDirectory();
        File.WriteAllBytes(directory["image"], SampleBytes.Make(10_000));
        await using FileBlockReader reader = FileBlockReader.Open(directory["image"]);
        using (FileStream file = File.OpenWrite(directory["image"]))
        {
            file.SetLength(6_000);
        }

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await reader.ReadAsync(5_000, new byte[5_000]));

        Assert.Equal(WaybillErrorCode.SourceChanged, error.Code);
        Assert.Equal(6_000, error.Offset);
        Assert.Equal(directory["image"], error.ObjectName);
    }

    [Fact]
    public async Task ReadAsync_Cancelled_ReadsNothing()
    {
        using var directory = new TempDirectory();
        File.WriteAllBytes(directory["image"], SampleBytes.Make(10));
        await using FileBlockReader reader = FileBlockReader.Open(directory["image"]);
        var buffer = new byte[10];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadAsync(0, buffer, new CancellationToken(canceled: true)));

        Assert.Equal(new byte[10], buffer);
    }

    [Fact]
    public async Task ReadAsync_AfterDispose_IsRefused()
    {
        using var directory = new TempDirectory();
        File.WriteAllBytes(directory["image"], SampleBytes.Make(10));
        FileBlockReader reader = FileBlockReader.Open(directory["image"]);
        await reader.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await reader.ReadAsync(0, new byte[10]));
    }

    [SkippableFact]
    public void ReadFully_DeviceFails_GivesTheErrorOfASource()
    {
        Skip.IfNot(File.Exists("/proc/self/mem"), "needs /proc");

        // Address 0 of a process is never mapped, and reading it is an I/O error: the same one a broken disk gives.
        using SafeFileHandle memory = File.OpenHandle("/proc/self/mem");
        ProviderException error = Assert.Throws<ProviderException>(() => LocalFile.ReadFully(memory, "broken", 0, new byte[16]));

        Assert.Equal(WaybillErrorCode.SourceReadFailed, error.Code);
        Assert.Equal("broken", error.ObjectName);
        Assert.Equal(0, error.Offset);
    }

    [SkippableFact]
    public async Task GetDataRangesAsync_SparseFile_LeavesOutTheHolesAtBothEnds()
    {
        Skip.IfNot(Libc.IsSupported, "needs Linux");
        using var directory = new TempDirectory();
        byte[] data = SampleBytes.Make(64 * 1024);
        using (FileStream file = File.Create(directory["image"]))
        {
            file.SetLength(16 * MiB);
            file.Position = 4 * MiB;
            file.Write(data);
            file.Position = 9 * MiB;
            file.Write(data);
        }

        await using FileBlockReader reader = FileBlockReader.Open(directory["image"]);
        List<ByteRange> ranges = await reader.GetDataRangesAsync().ToListAsync();

        Assert.Equal([new ByteRange(4 * MiB, data.Length), new ByteRange(9 * MiB, data.Length)], ranges);
    }

    [SkippableFact]
    public async Task GetDataRangesAsync_OnlyAHole_GivesNothing()
    {
        Skip.IfNot(Libc.IsSupported, "needs Linux");
        using var directory = new TempDirectory();
        using (FileStream file = File.Create(directory["image"]))
        {
            file.SetLength(MiB);
        }

        await using FileBlockReader reader = FileBlockReader.Open(directory["image"]);

        Assert.Empty(await reader.GetDataRangesAsync().ToListAsync());
    }

    [SkippableFact]
    public async Task Open_BlockDevice_ReadsAllOfIt()
    {
        using LoopDevice device = LoopDevice.Create(8 * MiB);
        byte[] content = SampleBytes.Make(8 * MiB);
        File.WriteAllBytes(device.DevicePath, content);
        await using FileBlockReader reader = FileBlockReader.Open(device.DevicePath);

        var buffer = new byte[9 * MiB];
        int count = await reader.ReadAsync(0, buffer);

        Assert.Equal(content.Length, reader.Length);
        Assert.True(content.AsSpan().SequenceEqual(buffer.AsSpan(0, count)));
        Assert.Equal([new ByteRange(0, 8 * MiB)], await reader.GetDataRangesAsync().ToListAsync());
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("directory")]
    [InlineData("pipe")]
    public void Open_NotAFile_NamesIt(string kind)
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory["directory"]);
        Tool.Run("mkfifo", directory["pipe"]);

        ProviderException error = Assert.Throws<ProviderException>(() => FileBlockReader.Open(directory[kind]));

        Assert.Equal(WaybillErrorCode.SourceReadFailed, error.Code);
        Assert.Equal(directory[kind], error.ObjectName);
    }

    [Fact]
    public async Task FileByteSource_ReadsLikeTheFile()
    {
        using var directory = new TempDirectory();
        byte[] content = SampleBytes.Make(5_000);
        File.WriteAllBytes(directory["bundle"], content);
        await using FileByteSource source = FileByteSource.Open(directory["bundle"]);
        var buffer = new byte[1_000];

        Assert.Equal(5_000, source.Length);
        Assert.Equal(directory["bundle"], source.Name);
        Assert.Equal(500, await source.ReadAsync(4_500, buffer));
        Assert.True(content.AsSpan(4_500).SequenceEqual(buffer.AsSpan(0, 500)));
        Assert.Throws<ProviderException>(() => FileByteSource.Open(directory["missing"]));
    }
}
