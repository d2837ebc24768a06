using System.Collections.Concurrent;
using FsCheck;
using FsCheck.Fluent;

namespace Waybill.Kubernetes.Tests.Backup;

/// <summary>Windows onto what is far away show what is there, whoever reads it and in whatever order.</summary>
public sealed class ReadWindowsTests
{
    private const int Length = 20 << 20;

    private static readonly byte[] s_content = StorageLab.Bytes(Length, 11);

    private readonly ConcurrentQueue<(long Offset, int Size)> _fetched = [];

    [Fact]
    public void Reads_AtAnyOffsets_GiveWhatIsThere()
    {
        Gen<(int Offset, int Length)[]> reads = Gen.Choose(0, Length).SelectMany(offset => Gen.Choose(0, 2 << 20).Select(length => (offset, length))).ArrayOf(12);
        Prop.ForAll(reads.ToArbitrary(), async many =>
        {
            await using ReadWindows windows = Open();
            Assert.All(await Task.WhenAll(many.Select(read => Task.Run(async () => await ReadAsync(windows, read.Offset, read.Length)))), Assert.True);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(10));
    }

    [Fact]
    public async Task Reading_StraightOn_BySeveral_FetchesNothingTwice()
    {
        await using ReadWindows windows = Open();
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int piece; (piece = Interlocked.Increment(ref next)) < Length >> 20;)
            {
                Assert.True(await ReadAsync(windows, piece << 20, 1 << 20));
            }
        })));

        Assert.InRange(_fetched.Sum(one => (long)one.Size), Length, Length + (Length / 10));
        Assert.InRange(_fetched.Count, 5, 16);
    }

    [Fact]
    public async Task Fetch_ThatFails_IsMadeAgain_ForWhoeverAsksAgain()
    {
        int calls = 0;
        await using var windows = new ReadWindows(Length, (offset, size, _) =>
            Interlocked.Increment(ref calls) == 1 ? Task.FromException<byte[]>(new IOException("broken")) : Task.FromResult(s_content[(int)offset..(int)(offset + size)]));

        await Assert.ThrowsAsync<IOException>(async () => await ReadAsync(windows, 0, 100));

        Assert.True(await ReadAsync(windows, 0, 100));
    }

    [Fact]
    public async Task End_ThatCameNearer_EndsTheRead()
    {
        await using var windows = new ReadWindows(Length, (offset, size, _) => Task.FromResult(s_content[(int)offset..(int)Math.Clamp(offset + size, offset, Math.Max(offset, 1000))]));

        Assert.Equal(900, await windows.ReadAsync(100, new byte[5000], CancellationToken.None));
        Assert.Equal(0, await windows.ReadAsync(2 << 20, new byte[5000], CancellationToken.None));
    }

    [Fact]
    public async Task Dispose_EndsWhatIsBeingFetched_AndACancelledReadDisturbsNoOther()
    {
        var windows = new ReadWindows(Length, async (_, _, stop) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            return [];
        });
        using var cancel = new CancellationTokenSource();
        Task<bool> first = ReadAsync(windows, 0, 100, cancel.Token).AsTask();
        Task<bool> second = ReadAsync(windows, 0, 100).AsTask();

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(second.IsCompleted);
        await windows.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ReadAsync(windows, 0, 100));
    }

    private ReadWindows Open() => new(Length, async (offset, size, _) =>
    {
        _fetched.Enqueue((offset, size));
        await Task.Yield();
        return s_content[(int)offset..(int)(offset + size)];
    });

    private static async ValueTask<bool> ReadAsync(ReadWindows windows, int offset, int length, CancellationToken cancellationToken = default)
    {
        var bytes = new byte[length];
        int read = await windows.ReadAsync(offset, bytes, cancellationToken);
        return read == Math.Min(length, Length - offset) && bytes.AsSpan(0, read).SequenceEqual(s_content.AsSpan(offset, read));
    }
}
