namespace Waybill.Testing;

/// <summary>The one obligation that a <see cref="BrokenProvider"/> breaks; the kit must notice each.</summary>
public enum Breach
{
    /// <summary>Finding a volume that does not exist fails.</summary>
    FindThrows = 0,

    /// <summary>Volumes are listed twice.</summary>
    ListsVolumesTwice = 1,

    /// <summary>A list of volumes ends cleanly when it is cancelled.</summary>
    VolumeListEndsOnCancel = 2,

    /// <summary>Capabilities are others at each call.</summary>
    CapabilitiesChange = 3,

    /// <summary>A snapshot that does not exist is read as the volume.</summary>
    OpensUnknown = 4,

    /// <summary>The last byte of every write is lost.</summary>
    WriteLosesLastByte = 5,

    /// <summary>A read returns less than asked for.</summary>
    ReadStopsShort = 6,

    /// <summary>Making zeros does nothing.</summary>
    ZeroesIgnored = 7,

    /// <summary>A writer always claims that the volume starts as zeros.</summary>
    ZeroedClaimed = 8,

    /// <summary>Ranges that hold data are left out of a reader's list.</summary>
    DataRangesIncomplete = 9,

    /// <summary>A second read at the same time fails.</summary>
    OneReadAtATime = 10,

    /// <summary>A second write at the same time fails.</summary>
    OneWriteAtATime = 11,

    /// <summary>A read that is cancelled goes on.</summary>
    ReadIgnoresCancel = 12,

    /// <summary>A new volume holds something.</summary>
    FreshNotZero = 13,

    /// <summary>The same request makes another volume.</summary>
    CreateNotIdempotent = 14,

    /// <summary>The same request at the same time makes two volumes.</summary>
    ConcurrentCreateMakesTwo = 15,

    /// <summary>A different request of the same name is given a volume.</summary>
    VolumeConflictIgnored = 16,

    /// <summary>A clone is empty.</summary>
    CloneEmpty = 17,

    /// <summary>A clone shows what is written to its source.</summary>
    CloneShared = 18,

    /// <summary>A clone of what does not exist is an empty volume.</summary>
    CloneSourceIgnored = 19,

    /// <summary>Growing loses the end of what was there.</summary>
    GrowLosesEnd = 20,

    /// <summary>What is new after growing holds something.</summary>
    GrownNotZero = 21,

    /// <summary>Removing a volume does nothing.</summary>
    VolumeDeleteIgnored = 22,

    /// <summary>Removing a volume that is gone fails.</summary>
    VolumeDeleteNotIdempotent = 23,

    /// <summary>A snapshot lacks what was written last.</summary>
    SnapshotIncomplete = 24,

    /// <summary>A snapshot shows what is written later.</summary>
    SnapshotFollowsVolume = 25,

    /// <summary>The same name makes another snapshot.</summary>
    SnapshotNotIdempotent = 26,

    /// <summary>The same name at the same time makes two snapshots.</summary>
    ConcurrentSnapshotMakesTwo = 27,

    /// <summary>A name that another volume uses makes a snapshot.</summary>
    SnapshotConflictIgnored = 28,

    /// <summary>Finding a snapshot that does not exist fails.</summary>
    SnapshotFindThrows = 29,

    /// <summary>The first snapshot is left out of lists.</summary>
    ListForgetsSnapshot = 30,

    /// <summary>A snapshot of a volume that does not exist is reported as an unspecific failure.</summary>
    SnapshotOfUnknown = 31,

    /// <summary>Removing a snapshot does nothing.</summary>
    SnapshotDeleteIgnored = 32,

    /// <summary>Removing a snapshot that is gone fails.</summary>
    SnapshotDeleteNotIdempotent = 33,

    /// <summary>Removing a snapshot damages the others.</summary>
    SnapshotDeleteDamagesOthers = 34,

    /// <summary>Snapshots of a group do not say so.</summary>
    GroupNotNamed = 35,

    /// <summary>The same group makes other snapshots.</summary>
    GroupNotIdempotent = 36,

    /// <summary>The volumes of a group are taken one after the other.</summary>
    GroupNotOrdered = 37,

    /// <summary>A group that cannot be taken in the order of writes is taken loosely.</summary>
    GroupNotRefused = 38,

    /// <summary>Removing a group does nothing.</summary>
    GroupDeleteIgnored = 39,

    /// <summary>A range that holds data is left out of the allocated list.</summary>
    AllocatedMisses = 40,

    /// <summary>Allocated ranges are out of order.</summary>
    AllocatedUnsorted = 41,

    /// <summary>Allocated ranges overlap.</summary>
    AllocatedOverlaps = 42,

    /// <summary>An allocated range is empty.</summary>
    AllocatedEmpty = 43,

    /// <summary>An allocated range ends behind the snapshot.</summary>
    AllocatedPastEnd = 44,

    /// <summary>The allocated list always starts at the beginning.</summary>
    AllocatedOffsetIgnored = 45,

    /// <summary>The allocated list leaves out the range that the offset lies in.</summary>
    AllocatedClippedWrongly = 46,

    /// <summary>A second allocated list at the same time fails.</summary>
    AllocatedListsExclude = 47,

    /// <summary>An allocated list ends cleanly when it is cancelled.</summary>
    AllocatedEndsOnCancel = 48,

    /// <summary>The allocated list of a snapshot that does not exist is empty.</summary>
    AllocatedOfUnknown = 49,

    /// <summary>Changes are never known, although a shape is claimed.</summary>
    NeverKnown = 50,

    /// <summary>A range that changed is left out.</summary>
    ChangesMissed = 51,

    /// <summary>Changed ranges are out of order.</summary>
    ChangesUnsorted = 52,

    /// <summary>Changed ranges overlap.</summary>
    ChangesOverlap = 53,

    /// <summary>A changed range is empty.</summary>
    ChangesEmpty = 54,

    /// <summary>A changed range ends behind the snapshot.</summary>
    ChangesPastEnd = 55,

    /// <summary>The list of changes always starts at the beginning.</summary>
    ChangesOffsetIgnored = 56,

    /// <summary>The list of changes leaves out the range that the offset lies in.</summary>
    ChangesClippedWrongly = 57,

    /// <summary>Changes end cleanly when they are cancelled.</summary>
    ChangesEndOnCancel = 58,

    /// <summary>A delta ends in the middle without an error.</summary>
    DeltaEndsEarly = 59,

    /// <summary>The content of a change is not that of the target.</summary>
    ContentWrong = 60,

    /// <summary>A range that holds data is reported as zero.</summary>
    ZeroUntrue = 61,

    /// <summary>What became zeros is reported as data.</summary>
    ZeroNotReported = 62,

    /// <summary>Everything is reported, although exactness is claimed.</summary>
    NotExact = 63,

    /// <summary>A range is not made of the units that are claimed.</summary>
    NotInUnits = 64,

    /// <summary>What changes while snapshots are taken is left out.</summary>
    MissedWhileWriting = 65,

    /// <summary>A second question at the same time fails.</summary>
    DiffsExclude = 66,

    /// <summary>Listing again does not make the reader usable again.</summary>
    TokensNotRenewed = 67,

    /// <summary>From a snapshot to itself something changed.</summary>
    SameSnapshotDiffers = 68,

    /// <summary>After the base was removed nothing changed.</summary>
    DeletedBaseIsUnchanged = 69,

    /// <summary>Since a base that nobody made nothing changed.</summary>
    UnknownBaseIsUnchanged = 70,

    /// <summary>A base of another volume is accepted.</summary>
    OtherBaseAccepted = 71,

    /// <summary>To a target that is gone nothing changed.</summary>
    GoneTargetIsUnchanged = 72,

    /// <summary>Snapshots cannot be removed.</summary>
    CleanupFails = 73,

    /// <summary>A volume that exists is not found.</summary>
    FindForgets = 74,

    /// <summary>The last byte of every read of a file is wrong.</summary>
    TreeContentWrong = 75,

    /// <summary>Files are listed backwards.</summary>
    TreeUnsorted = 76,

    /// <summary>Names of one file have no link group.</summary>
    LinksNotGrouped = 77,

    /// <summary>Ranges of a file that hold data are left out.</summary>
    FileRangesIncomplete = 78,

    /// <summary>Opening a second file at the same time fails.</summary>
    OneFileAtATime = 79,

    /// <summary>A list of files ends cleanly when it is cancelled.</summary>
    TreeListEndsOnCancel = 80,

    /// <summary>Taking a file back does nothing.</summary>
    DiscardIgnored = 81,

    /// <summary>A volume that holds something is a target.</summary>
    TreeTargetOverwrites = 82,

    /// <summary>A tree that does not exist is opened as an empty one.</summary>
    UnknownTreeIsEmpty = 83,

    /// <summary>A snapshot of a tree shows what the volume holds.</summary>
    TreeSnapshotFollows = 84,

    /// <summary>A file that is new is left out of the list of changed files.</summary>
    ChangedFilesMissed = 85,

    /// <summary>Files that changed or are gone are left out of the list of changed files.</summary>
    EditsMissed = 86,

    /// <summary>Changed files are listed backwards.</summary>
    ChangedFilesUnsorted = 87,

    /// <summary>A list of changed files ends cleanly when it is cancelled.</summary>
    ChangedFilesEndOnCancel = 88,

    /// <summary>Since a base that nobody made no file changed.</summary>
    UnknownFileBaseIsUnchanged = 89,

    /// <summary>Since a base of another volume no file changed.</summary>
    OtherFileBaseAccepted = 90,
}
