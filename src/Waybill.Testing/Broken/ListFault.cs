namespace Waybill.Testing;

/// <summary>Breaks one rule of a list of ranges.</summary>
internal enum ListFault
{
    None = 0,
    Misses = 1,
    Unsorted = 2,
    Overlaps = 3,
    Empty = 4,
    PastEnd = 5,
    OffsetIgnored = 6,
    ClippedWrongly = 7,
    EndsOnCancel = 8,
    EndsEarly = 9,
    ZeroUntrue = 10,
    ZeroNotReported = 11,
    NotExact = 12,
    NotInUnits = 13,
}
