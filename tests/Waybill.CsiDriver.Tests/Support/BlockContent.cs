using Microsoft.Win32.SafeHandles;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>The content of a block volume that is written, and what it should be.</summary>
internal sealed class BlockContent(TestVolume volume, int length)
{
    private const int Block = 4096;

    private readonly byte[] _expected = new byte[length];

    /// <summary>Gets a copy of what should be there now.</summary>
    public byte[] Copy() => [.. _expected];

    /// <summary>Writes pieces of random content at random places through the device, durably.</summary>
    public void Write(int seed, int pieces)
    {
        var random = new Random(seed);
        using SafeFileHandle device = File.OpenHandle(volume.Target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        for (int i = 0; i < pieces; i++)
        {
            int size = random.Next(1, 16) * Block;
            int offset = random.Next(0, (length - size) / Block) * Block;
            random.NextBytes(_expected.AsSpan(offset, size));
            RandomAccess.Write(device, _expected.AsSpan(offset, size), offset);
        }

        RandomAccess.FlushToDisk(device);
    }

    /// <summary>Writes to a published block volume, durably.</summary>
    public static void Write(TestVolume volume, long offset, byte[] content)
    {
        using SafeFileHandle device = File.OpenHandle(volume.Target, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(device, content, offset);
        RandomAccess.FlushToDisk(device);
    }

    /// <summary>Reads a published block volume.</summary>
    public static byte[] Read(TestVolume volume, int length)
    {
        var content = new byte[length];
        using SafeFileHandle device = File.OpenHandle(volume.Target, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        for (int done = 0; done < length;)
        {
            int got = RandomAccess.Read(device, content.AsSpan(done), done);
            Assert.True(got > 0, $"the device ends at {done}");
            done += got;
        }

        return content;
    }
}
