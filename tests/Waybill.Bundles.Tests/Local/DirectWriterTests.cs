using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles.Tests.Local;

/// <summary>Writing past the page cache gives the same file and the same failures.</summary>
public sealed class DirectWriterTests
{
    private const int Buffer = DirectWriter.BufferSize;

    public static TheoryData<int, bool> Lengths()
    {
        var data = new TheoryData<int, bool>();
        foreach (int length in (int[])[Buffer - 1, Buffer, Buffer + 1, Buffer + 4096, (2 * Buffer) - 1, 2 * Buffer, (2 * Buffer) + 1, (2 * Buffer) + 512, (4 * Buffer) + 100_001])
        {
            data.Add(length, false);
            data.Add(length, true);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task PublishAsync_LengthsAroundBuffers_HoldsWhatWasWritten(int length, bool synchronously)
    {
        using var directory = new TempDirectory();
        byte[] content = SampleBytes.Make(length);
        await using (AtomicOutput output = AtomicOutput.Create(directory["a"]))
        {
            await WriteInPiecesAsync(output.Stream, content, synchronously);
            await output.PublishAsync();
        }

        AssertHolds(content, directory["a"]);
    }

    [Fact]
    public async Task WriteAsync_OnePieceOfManyBuffers_HoldsWhatWasWritten()
    {
        using var directory = new TempDirectory();
        byte[] content = SampleBytes.Make((3 * Buffer) + 17);
        await using (AtomicOutput output = AtomicOutput.Create(directory["a"]))
        {
            await output.Stream.WriteAsync(content);
            await output.PublishAsync();
        }

        AssertHolds(content, directory["a"]);
    }

    [SkippableTheory]
    [InlineData(Buffer, true, false)]
    [InlineData(Buffer + 1, true, true)]
    [InlineData(Buffer + 1, false, false)]
    public async Task WriteAsync_MoreThanABufferAndDurable_GoesPastThePageCacheUntilFlushed(int length, bool durable, bool direct)
    {
        using var directory = new TempDirectory();
        using SafeFileHandle file = OpenNew(directory["a"]);
        RequireDirect(file);
        var stream = new SequentialFileStream(file, directory["a"], durable);

        await stream.WriteAsync(new byte[length]);

        Assert.Equal(direct, IsDirect(file));
        await stream.FlushAsync();
        Assert.False(IsDirect(file), "writes after a flush are not aligned");
        await stream.CloseAsync(seal: true);
        Assert.Equal(length, RandomAccess.GetLength(file));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FlushAsync_BetweenWrites_LosesNothing(bool synchronously)
    {
        using var directory = new TempDirectory();
        byte[] content = SampleBytes.Make((5 * Buffer) + 3);
        await using (AtomicOutput output = AtomicOutput.Create(directory["a"]))
        {
            int done = 0;
            foreach (int length in (int[])[5, (2 * Buffer) + 77, (3 * Buffer) - 79])
            {
                await WriteInPiecesAsync(output.Stream, content[done..(done + length)], synchronously);
                if (synchronously)
                {
                    output.Stream.Flush();
                }
                else
                {
                    await output.Stream.FlushAsync();
                }

                done += length;
                Assert.Equal(done, output.Stream.Position);
                Assert.Equal(done, new FileInfo(output.TemporaryPath).Length);
            }

            await output.PublishAsync();
        }

        AssertHolds(content, directory["a"]);
    }

    [SkippableFact]
    public async Task WriteAsync_WriteRefusedAsInvalid_GoesOnThroughThePageCache()
    {
        using var directory = new TempDirectory();
        using SafeFileHandle file = OpenNew(directory["a"]);
        RequireDirect(file);
        byte[] content = SampleBytes.Make((3 * Buffer) + 5);
        RandomAccess.Write(file, content.AsSpan(0, 100), 0);
        using (DirectWriter writer = Begin(file, directory["a"], 100))
        {
            await writer.WriteAsync(content.AsMemory(100));
            await writer.CompleteAsync();
            Assert.Equal(content.Length, writer.Position);
        }

        Assert.False(IsDirect(file));
        AssertHolds(content, directory["a"]);
    }

    [SkippableFact]
    public async Task PublishAsync_FileSystemWithoutDirectWriting_HoldsWhatWasWritten()
    {
        Tool.RequireRoot();
        using var directory = new TempDirectory();
        (int code, _, string error) = Tool.TryRun("mount", "-t", "ramfs", "none", directory.Path);
        Skip.If(code != 0, $"ramfs cannot be mounted here: {error}");
        try
        {
            using (SafeFileHandle file = OpenNew(directory["probe"]))
            {
                Skip.If(Libc.SetStatusFlags(file, Libc.OpenDirect) == 0, "this file system writes directly");
            }

            byte[] content = SampleBytes.Make((2 * Buffer) + 5);
            await using (AtomicOutput output = AtomicOutput.Create(directory["a"]))
            {
                await WriteInPiecesAsync(output.Stream, content, synchronously: false);
                await output.PublishAsync();
            }

            AssertHolds(content, directory["a"]);
        }
        finally
        {
            Tool.Run("umount", directory.Path);
        }
    }

    [SkippableFact]
    public async Task WriteAsync_WriteFails_EveryCallFromThenOnSaysSo()
    {
        using var directory = new TempDirectory();
        OpenNew(directory["a"]).Dispose();
        using SafeFileHandle file = Libc.Open(directory["a"], Libc.OpenReadOnly);
        RequireDirect(file);
        using DirectWriter writer = Begin(file, directory["a"], 0);
        var bytes = new byte[Buffer];
        await writer.WriteAsync(bytes);
        await writer.WriteAsync(bytes);

        foreach (Func<Task> call in (Func<Task>[])[() => writer.WriteAsync(bytes).AsTask(), () => Task.Run(() => writer.Write(bytes)), () => writer.CompleteAsync().AsTask()])
        {
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(call);
            Assert.Equal(WaybillErrorCode.TargetWriteFailed, error.Code);
            Assert.Equal(directory["a"], error.ObjectName);
        }
    }

    [Fact]
    public async Task WriteAsync_Cancelled_TakesNothingAndGoesOn()
    {
        using var directory = new TempDirectory();
        byte[] content = SampleBytes.Make((3 * Buffer) + 5);
        await using (AtomicOutput output = AtomicOutput.Create(directory["a"]))
        {
            await output.Stream.WriteAsync(content.AsMemory(0, 2 * Buffer));
            await Assert.ThrowsAsync<TaskCanceledException>(async () => await output.Stream.WriteAsync(content, new CancellationToken(canceled: true)));
            Assert.Equal(2 * Buffer, output.Stream.Position);
            await output.Stream.WriteAsync(content.AsMemory(2 * Buffer));
            await output.PublishAsync();
        }

        AssertHolds(content, directory["a"]);
    }

    [Fact]
    public async Task DisposeAsync_WriteUnderWay_LeavesNothing()
    {
        using var directory = new TempDirectory();
        await using (AtomicOutput output = AtomicOutput.Create(directory["a"]))
        {
            await output.Stream.WriteAsync(SampleBytes.Make((3 * Buffer) + 1));
        }

        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    private static async Task WriteInPiecesAsync(Stream stream, byte[] content, bool synchronously)
    {
        int[] pieces = [1_000_003, 40, 131_072, 3 << 20, 4096];
        int done = 0;
        for (int i = 0; done < content.Length; i++)
        {
            int length = Math.Min(pieces[i % pieces.Length], content.Length - done);
            if (synchronously)
            {
                stream.Write(content.AsSpan(done, length));
            }
            else
            {
                await stream.WriteAsync(content.AsMemory(done, length));
            }

            done += length;
        }
    }

    private static SafeFileHandle OpenNew(string path) => File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);

    private static DirectWriter Begin(SafeFileHandle file, string path, long offset) =>
        DirectWriter.TryBegin(file, path, offset, new EarlyWriteback(file)) ?? throw new InvalidOperationException("the file system refuses to write directly");

    private static void RequireDirect(SafeFileHandle file)
    {
        Skip.IfNot(Libc.IsSupported && Libc.SetStatusFlags(file, Libc.OpenDirect) == 0, "the file system of temporary files does not write directly");
        _ = Libc.SetStatusFlags(file, 0);
    }

    private static bool IsDirect(SafeFileHandle file)
    {
        string flags = File.ReadLines($"/proc/self/fdinfo/{file.DangerousGetHandle()}").First(l => l.StartsWith("flags:", StringComparison.Ordinal));
        return (Convert.ToInt32(flags[6..].Trim(), 8) & Libc.OpenDirect) != 0;
    }

    private static void AssertHolds(byte[] content, string path)
    {
        byte[] found = File.ReadAllBytes(path);
        Assert.Equal(content.Length, found.Length);
        Assert.True(content.AsSpan().SequenceEqual(found), $"the first difference is at {content.AsSpan().CommonPrefixLength(found)}");
    }
}
