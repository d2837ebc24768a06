namespace Waybill.CsiModel;

/// <summary>What copies hold and differ in, block by block.</summary>
internal static class BlockLists
{
    public const int BlockLength = 4096;

    /// <summary>Lists every block that holds anything but zeros.</summary>
    public static IEnumerable<(long Offset, long Size)> Allocated(ModelSnapshot snapshot)
    {
        byte[] content = File.ReadAllBytes(snapshot.Path);
        for (int offset = 0; offset < content.Length; offset += BlockLength)
        {
            if (content.AsSpan(offset, Math.Min(BlockLength, content.Length - offset)).ContainsAnyExcept((byte)0))
            {
                yield return (offset, Math.Min(BlockLength, content.Length - offset));
            }
        }
    }

    /// <summary>Lists what differs, blocks that touch as one range.</summary>
    public static IEnumerable<(long Offset, long Size)> Delta(ModelSnapshot from, ModelSnapshot to)
    {
        byte[] before = File.ReadAllBytes(from.Path);
        byte[] after = File.ReadAllBytes(to.Path);
        Array.Resize(ref before, after.Length);
        int start = -1;
        for (int offset = 0; offset < after.Length; offset += BlockLength)
        {
            int length = Math.Min(BlockLength, after.Length - offset);
            bool isSame = after.AsSpan(offset, length).SequenceEqual(before.AsSpan(offset, length));
            if (isSame && start >= 0)
            {
                yield return (start, offset - start);
                start = -1;
            }
            else if (!isSame && start < 0)
            {
                start = offset;
            }
        }

        if (start >= 0)
        {
            yield return (start, after.Length - start);
        }
    }

    public static bool IsZero(ModelSnapshot snapshot, (long Offset, long Size) range) =>
        !File.ReadAllBytes(snapshot.Path).AsSpan((int)range.Offset, (int)range.Size).ContainsAnyExcept((byte)0);
}
