namespace Waybill.Bundles.Tests.Local;

public class FileBlockWriterTests
{
    private const int MiB = 1 << 20;

    [Fact]
    public async Task Create_WrittenAndCompleted_HoldsWhatWasWrittenAndZeros()
    {
        using var directory = new TempDirectory();
        byte[] data = SampleBytes.Make(100_000);
        await using (FileBlockWriter writer = FileBlockWriter.Create(directory["image"], 4 * MiB))
        {
            Assert.True(writer.StartsZeroed);
            Assert.Equal(4 * MiB, writer.Length);
            await writer.WriteAsync(MiB + 7, data);
            await writer.WriteZeroesAsync(new ByteRange(MiB + 107, 1_000));
            Assert.False(File.Exists(directory["image"]), "the file has its name before it is complete");
            await writer.CompleteAsync();
            await writer.CompleteAsync();
        }

        var expected = new byte[4 * MiB];
        data.CopyTo(expected, MiB + 7);
        expected.AsSpan(MiB + 107, 1_000).Clear();
        Assert.True(expected.AsSpan().SequenceEqual(File.ReadAllBytes(directory["image"])));
        Assert.Equal([directory["image"]], Directory.GetFileSystemEntries(directory.Path));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(directory["image"]));
        }
    }

    [Fact]
    public async Task Dispose_NotCompleted_LeavesNothing()
    {
        using var directory = new TempDirectory();
        await using (FileBlockWriter writer = FileBlockWriter.Create(directory["image"], MiB))
        {
            await writer.WriteAsync(0, SampleBytes.Make(1_000));
            string leftover = Assert.Single(Directory.GetFileSystemEntries(directory.Path));
            Assert.EndsWith(".waybill-partial", leftover, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public void Create_NameTaken_IsRefusedAtOnce()
    {
        using var directory = new TempDirectory();
        File.WriteAllText(directory["image"], "precious");

        ProviderException error = Assert.Throws<ProviderException>(() => FileBlockWriter.Create(directory["image"], MiB));

        Assert.Equal(WaybillErrorCode.TargetExists, error.Code);
        Assert.Equal("precious", File.ReadAllText(directory["image"]));
    }

    [Fact]
    public async Task CompleteAsync_NameTakenMeanwhile_LeavesWhatHasIt()
    {
        using var directory = new TempDirectory();
        await using (FileBlockWriter writer = FileBlockWriter.Create(directory["image"], MiB))
        {
            File.WriteAllText(directory["image"], "precious");
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await writer.CompleteAsync());
            Assert.Equal(WaybillErrorCode.TargetExists, error.Code);
        }

        Assert.Equal("precious", File.ReadAllText(directory["image"]));
        Assert.Single(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task Write_OutsideTheTarget_IsRefused()
    {
        using var directory = new TempDirectory();
        await using FileBlockWriter writer = FileBlockWriter.Create(directory["image"], 1_000);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await writer.WriteAsync(999, new byte[2]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await writer.WriteAsync(-1, new byte[1]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await writer.WriteZeroesAsync(new ByteRange(1, long.MaxValue)));
        await writer.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.WriteAsync(0, new byte[1]));
    }

    [SkippableFact]
    public async Task OpenExisting_ZeroedRange_ReadsAsZerosAndFreesItsSpace()
    {
        Skip.IfNot(Libc.IsSupported, "needs Linux");
        using var directory = new TempDirectory();
        byte[] content = SampleBytes.Make(4 * MiB);
        File.WriteAllBytes(directory["image"], content);
        await using (FileBlockWriter writer = FileBlockWriter.OpenExisting(directory["image"]))
        {
            Assert.False(writer.StartsZeroed);
            await writer.WriteZeroesAsync(new ByteRange(MiB + 1, (2 * MiB) + 5));
            await writer.WriteAsync(0, new byte[] { 1, 2, 3 });
            await writer.CompleteAsync();
        }

        content.AsSpan(MiB + 1, (2 * MiB) + 5).Clear();
        ((byte[])[1, 2, 3]).CopyTo(content, 0);
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(directory["image"])));
        await using FileBlockReader reader = FileBlockReader.Open(directory["image"]);
        long held = 0;
        await foreach (ByteRange range in reader.GetDataRangesAsync())
        {
            held += range.Length;
        }

        Assert.True(held < (2 * MiB) + (64 * 1024), $"{held} bytes are still held");
    }

    [SkippableFact]
    public async Task OpenExisting_BlockDevice_WritesAndZeroesAnyRange()
    {
        using LoopDevice device = LoopDevice.Create(4 * MiB);
        byte[] content = SampleBytes.Make(4 * MiB);
        await using (FileBlockWriter writer = FileBlockWriter.OpenExisting(device.DevicePath))
        {
            Assert.Equal(4 * MiB, writer.Length);
            Assert.False(writer.StartsZeroed);
            await writer.WriteAsync(0, content);
            foreach (ByteRange range in (ByteRange[])[new(0, 4096), new(5_000, 100), new(MiB - 1, 8_194), new((2 * MiB) + 3, MiB)])
            {
                await writer.WriteZeroesAsync(range);
                content.AsSpan((int)range.Offset, (int)range.Length).Clear();
            }

            await writer.CompleteAsync();
        }

        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(device.ImagePath)), "the device's image differs");
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(device.DevicePath)), "the device differs");
    }

    [SkippableFact]
    public void OpenExisting_MountedDevice_IsRefused()
    {
        using LoopDevice device = LoopDevice.CreateMounted("ext4", 16 * MiB);

        ProviderException error = Assert.Throws<ProviderException>(() => FileBlockWriter.OpenExisting(device.DevicePath));

        Assert.Equal(WaybillErrorCode.TargetWriteFailed, error.Code);
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenExisting_NotAFile_NamesIt()
    {
        using var directory = new TempDirectory();
        Tool.Run("mkfifo", directory["pipe"]);

        Assert.Equal(directory["missing"], Assert.Throws<ProviderException>(() => FileBlockWriter.OpenExisting(directory["missing"])).ObjectName);
        Assert.Equal(directory["pipe"], Assert.Throws<ProviderException>(() => FileBlockWriter.OpenExisting(directory["pipe"])).ObjectName);
        Assert.Equal(directory.Path, Assert.Throws<ProviderException>(() => FileBlockWriter.OpenExisting(directory.Path)).ObjectName);
    }

    [SkippableFact]
    public async Task WriteAsync_FileSystemFull_SaysNoSpace()
    {
        using LoopDevice device = LoopDevice.CreateMounted("ext4", 8 * MiB);
        string path = Path.Combine(device.MountPoint, "image");
        await using FileBlockWriter writer = FileBlockWriter.Create(path, 64 * MiB);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () =>
        {
            byte[] data = SampleBytes.Make(MiB);
            for (long offset = 0; offset < writer.Length; offset += MiB)
            {
                await writer.WriteAsync(offset, data);
            }
        });

        Assert.Equal(WaybillErrorCode.NoSpace, error.Code);
        Assert.Equal(path, error.ObjectName);
        Assert.NotNull(error.Offset);
    }
}
