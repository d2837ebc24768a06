using System.Text;

namespace Waybill.Bundles.Tests.Local;

public class AtomicOutputTests
{
    [Fact]
    public async Task PublishAsync_GivesTheFileItsNameAndAllItsBytes()
    {
        using var directory = new TempDirectory();
        byte[] content = SampleBytes.Make(700_001);
        await using (AtomicOutput output = AtomicOutput.Create(directory["a.waybill"]))
        {
            // Pieces below, at and above the size of the buffer.
            int done = 0;
            foreach (int length in (int[])[40, 1, 131_072, 5, 131_071, 300_000, 40, 137_772])
            {
                await output.Stream.WriteAsync(content.AsMemory(done, length));
                done += length;
                Assert.Equal(done, output.Stream.Position);
            }

            Assert.Equal(content.Length, done);
            Assert.False(File.Exists(output.Path));
            Assert.True(File.Exists(output.TemporaryPath));
            await output.PublishAsync();
            Assert.True(File.Exists(output.Path));
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await output.Stream.WriteAsync(new byte[1]));
        }

        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(directory["a.waybill"])));
        Assert.Single(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task DisposeAsync_NotPublished_LeavesNothing()
    {
        using var directory = new TempDirectory();
        await using (AtomicOutput output = AtomicOutput.Create(directory["a.waybill"]))
        {
            await output.Stream.WriteAsync(SampleBytes.Make(500_000));
        }

        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("dangling link")]
    public async Task PublishAsync_NameTakenMeanwhile_LeavesWhatHasIt(string what)
    {
        using var directory = new TempDirectory();
        await using (AtomicOutput output = AtomicOutput.Create(directory["a.waybill"]))
        {
            await output.Stream.WriteAsync(new byte[10]);
            if (what == "file")
            {
                File.WriteAllText(output.Path, "precious");
            }
            else
            {
                File.CreateSymbolicLink(output.Path, "nowhere");
            }

            ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => output.PublishAsync());
            Assert.Equal(WaybillErrorCode.TargetExists, error.Code);
            Assert.Equal(output.Path, error.ObjectName);
        }

        var left = new FileInfo(Assert.Single(Directory.GetFileSystemEntries(directory.Path)));
        Assert.Equal("a.waybill", left.Name);
        Assert.Equal(what == "file" ? null : "nowhere", left.LinkTarget);
    }

    [Fact]
    public void Create_NameTaken_IsRefused()
    {
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory["a.waybill"]);

        Assert.Equal(WaybillErrorCode.TargetExists, Assert.Throws<ProviderException>(() => AtomicOutput.Create(directory["a.waybill"])).Code);
    }

    [Fact]
    public void Create_DirectoryMissing_SaysSo()
    {
        using var directory = new TempDirectory();

        ProviderException error = Assert.Throws<ProviderException>(() => AtomicOutput.Create(directory["no/a.waybill"]));

        Assert.Equal(WaybillErrorCode.TargetWriteFailed, error.Code);
        Assert.Equal(directory["no/a.waybill"], error.ObjectName);
    }

    [Fact]
    public async Task FindUnpublished_ListsWhatIsLeftOfThatFileAndOfNoOther()
    {
        using var directory = new TempDirectory();
        await using AtomicOutput first = AtomicOutput.Create(directory["a.waybill"]);
        await using AtomicOutput second = AtomicOutput.Create(directory["a.waybill"]);
        await using AtomicOutput longer = AtomicOutput.Create(directory["a.waybill.b"]);
        await using AtomicOutput shorter = AtomicOutput.Create(directory["a"]);
        await File.WriteAllTextAsync(directory[".a.waybill.notrandomhex.waybill-partial"], "a user's own");

        IReadOnlyList<string> found = AtomicOutput.FindUnpublished(directory["a.waybill"]);

        string[] temporary = [first.TemporaryPath, second.TemporaryPath];
        Assert.Equal(temporary.Order(StringComparer.Ordinal), found);
        await first.PublishAsync();
        Assert.Equal([second.TemporaryPath], AtomicOutput.FindUnpublished(directory["a.waybill"]));
    }

    [Fact]
    public void FindUnpublished_DirectoryMissing_SaysSo()
    {
        using var directory = new TempDirectory();

        ProviderException error = Assert.Throws<ProviderException>(() => AtomicOutput.FindUnpublished(directory["no/a.waybill"]));

        Assert.Equal(WaybillErrorCode.SourceReadFailed, error.Code);
        Assert.Equal(directory["no"], error.ObjectName);
    }

    [Fact]
    public async Task Create_LongestName_StillFindsATemporaryOne()
    {
        using var directory = new TempDirectory();
        string name = string.Concat(Enumerable.Repeat("ß", 123)) + "😀ab€";
        Assert.Equal(255, Encoding.UTF8.GetByteCount(name));
        await using (AtomicOutput output = AtomicOutput.Create(directory[name]))
        {
            Assert.True(Encoding.UTF8.GetByteCount(Path.GetFileName(output.TemporaryPath)) <= 255);
            Assert.Equal([output.TemporaryPath], AtomicOutput.FindUnpublished(directory[name]));
            await output.PublishAsync();
        }

        Assert.True(File.Exists(directory[name]));
    }

    // The larger one is written past the page cache.
    [Theory]
    [InlineData(0, true)]
    [InlineData(1_000, true)]
    [InlineData(9_000_001, true)]
    [InlineData(9_000_001, false)]
    public async Task ReadBack_BeforeItIsPublished_GivesWhatWasWritten_AndWritingGoesOn(int length, bool durable)
    {
        using var directory = new TempDirectory();
        byte[] data = SampleBytes.Make(length);
        await using (AtomicOutput output = AtomicOutput.Create(directory["a"], durable))
        {
            await output.Stream.WriteAsync(data);
            await using (ByteSource source = await output.ReadBackAsync())
            {
                var read = new byte[length + 1];
                int count = 0;
                for (int last = 1; last > 0; count += last)
                {
                    last = await source.ReadAsync(count, read.AsMemory(count));
                }

                Assert.Equal((length, length), (source.Length, count));
                Assert.Equal(data, read[..length]);
            }

            Assert.False(File.Exists(directory["a"]));
            await output.Stream.WriteAsync(data);
            await output.PublishAsync();
        }

        byte[] twice = [.. data, .. data];
        Assert.Equal(twice, await File.ReadAllBytesAsync(directory["a"]));
    }

    // The smaller one is full before direct writing begins, the larger one while it is under way.
    [SkippableTheory]
    [InlineData(8)]
    [InlineData(40)]
    public async Task Write_FileSystemFull_SaysNoSpaceAndLeavesNothing(int mebibytes)
    {
        using LoopDevice device = LoopDevice.CreateMounted("ext4", mebibytes << 20);
        string path = Path.Combine(device.MountPoint, "a.waybill");
        string[] before = Directory.GetFileSystemEntries(device.MountPoint);
        await using (AtomicOutput output = AtomicOutput.Create(path))
        {
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () =>
            {
                byte[] data = SampleBytes.Make(1 << 20);
                for (int i = 0; i < 64; i++)
                {
                    await output.Stream.WriteAsync(data);
                }

                await output.PublishAsync();
            });
            Assert.Equal(WaybillErrorCode.NoSpace, error.Code);
            Assert.Equal(path, error.ObjectName);
        }

        Assert.Equal(before, Directory.GetFileSystemEntries(device.MountPoint));
    }
}
