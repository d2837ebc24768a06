namespace Waybill;

/// <summary>A part of an entry that is missing because it could not be read. Restores report it.</summary>
/// <param name="What">One of the constants here, or another word of a later writer.</param>
/// <param name="Reason">Why it could not be read, for people.</param>
/// <param name="Offset">The first byte concerned, for <see cref="Data"/>.</param>
/// <param name="Length">The number of bytes concerned; 0 for the whole of what is named.</param>
public sealed record FileGap(string What, string Reason, long Offset = 0, long Length = 0)
{
    /// <summary>A range of a file's content; it reads as zeros, or lies behind the recorded size.</summary>
    public const string Data = "data";

    /// <summary>Some or all extended attributes.</summary>
    public const string Xattrs = "xattrs";

    /// <summary>Some or all of what is in a directory.</summary>
    public const string List = "list";

    /// <summary>Mode, owner, times, size or link target.</summary>
    public const string Metadata = "metadata";

    /// <summary>Nothing is missing, but the file changed while it was read: its content may mix two states.</summary>
    public const string Stability = "stability";
}
