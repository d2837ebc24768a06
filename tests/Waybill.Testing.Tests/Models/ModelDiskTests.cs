using Waybill.Providers;

namespace Waybill.Testing.Tests;

public sealed class ModelDiskTests
{
    [Fact]
    public void Read_AfterRandomChanges_IsWhatAnArrayHolds()
    {
        Random random = new(7);
        byte[] truth = new byte[50_000];
        ModelDisk disk = new(truth.Length);
        for (int i = 0; i < 500; i++)
        {
            int length = random.Next(0, 9_000);
            int offset = random.Next(truth.Length - length);
            byte[] data = new byte[length];
            switch (random.Next(3))
            {
                case 0:
                    disk.WriteZeroes(new ByteRange(offset, length));
                    break;
                case 1:
                    disk.Discard(new ByteRange(offset, length));
                    break;
                default:
                    random.NextBytes(data);
                    disk.Write(offset, data);
                    break;
            }

            data.CopyTo(truth, offset);
        }

        Assert.Equal(truth, disk.TakeSnapshot().Read(new ByteRange(0, truth.Length)));
    }

    [Fact]
    public void GetChanges_BetweenAnyTwoSnapshots_IsExactlyWhatWasWritten()
    {
        ModelDisk disk = new(10_000);
        disk.Write(0, new byte[100]);
        ModelSnapshot first = disk.TakeSnapshot();
        disk.Write(10, [1, 2, 3]);
        disk.WriteZeroes(new ByteRange(50, 20));
        ModelSnapshot second = disk.TakeSnapshot();
        disk.Discard(new ByteRange(60, 30));
        disk.Grow(20_000);
        disk.Write(19_999, [1]);
        ModelSnapshot third = disk.TakeSnapshot();

        Assert.Equal([Data(10, 3), new(new ByteRange(50, 20), ChangedRangeKind.Zero)], disk.GetChanges(first, second).AsEnumerable());
        Assert.Equal([new(new ByteRange(60, 30), ChangedRangeKind.Deallocated), Data(19_999, 1)], disk.GetChanges(second, third).AsEnumerable());
        Assert.Equal(
            [Data(10, 3), new(new ByteRange(50, 10), ChangedRangeKind.Zero), new(new ByteRange(60, 30), ChangedRangeKind.Deallocated), Data(19_999, 1)],
            disk.GetChanges(first, third).AsEnumerable());
        Assert.Empty(disk.GetChanges(third, third));
        Assert.Equal([new(new ByteRange(60, 10), ChangedRangeKind.Zero), Data(70, 20)], disk.GetChanges(third, second).AsEnumerable());
    }

    [Fact]
    public void GetAllocated_DiscardedRange_IsNotListed_AndZerosAre()
    {
        ModelDisk disk = new(1L << 40);
        disk.Write(1_000, new byte[100]);
        disk.WriteZeroes(new ByteRange(1_100, 50));
        disk.Discard(new ByteRange(1_020, 10));

        Assert.Equal([new ByteRange(1_000, 20), new ByteRange(1_030, 120)], disk.GetAllocated(disk.TakeSnapshot()).AsEnumerable());
    }

    [Fact]
    public void Snapshot_LaterChanges_AreNotSeen()
    {
        ModelDisk disk = new(100);
        disk.Write(5, [1]);
        ModelSnapshot snapshot = disk.TakeSnapshot();

        disk.Write(5, [2]);
        disk.Grow(200);

        Assert.Equal(100, snapshot.Length);
        Assert.Equal(1, snapshot.Read(new ByteRange(5, 1))[0]);
    }

    [Fact]
    public void Write_PastTheEnd_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new ModelDisk(10).Write(9, [1, 2]));

    [Fact]
    public void GetChanges_SnapshotOfAnotherDisk_IsRefused()
    {
        ModelDisk disk = new(10);

        Assert.Throws<ArgumentException>(() => disk.GetChanges(new ModelDisk(10).TakeSnapshot(), disk.TakeSnapshot()));
    }

    private static ChangedRange Data(long offset, long length) => new(new ByteRange(offset, length));
}
