using System.Text;

namespace Waybill.Csi;

/// <summary>What the first block of a device says while a file system is being made on it.</summary>
/// <remarks>
/// It is written to a device that was just proven to hold zeros, and replaced last. Whoever finds it knows that nothing on the device is anybody's data,
/// however the process that wrote it ended.
/// </remarks>
internal static class FormatMark
{
    /// <summary>The size of the block; no device writes a smaller part of it without the rest.</summary>
    public const int Length = 4096;

    private static ReadOnlySpan<byte> Text => "WAYBILL: a file system is being made here, and nothing else is kept here. "u8;

    /// <summary>Makes the block.</summary>
    public static byte[] Make(VolumeId volume)
    {
        var block = new byte[Length];
        Text.CopyTo(block);
        Encoding.UTF8.GetBytes(volume.ToString(), block.AsSpan(Text.Length));
        return block;
    }

    /// <summary>Whether a device begins with it.</summary>
    public static bool IsIn(ReadOnlySpan<byte> head) => head.StartsWith(Text);
}
