using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>The kind of platform that a <see cref="ScriptedProvider"/> stands in for.</summary>
public sealed record ScriptedProviderOptions
{
    /// <summary>Gets the name of the provider.</summary>
    public string Name { get; init; } = "scripted";

    /// <summary>Gets how it delivers changes.</summary>
    public ChangeShape Shape { get; init; } = ChangeShape.ListAndRead;

    /// <summary>Gets the unit in bytes that changes are reported in; 0 for ranges of any size.</summary>
    public int Granularity { get; init; } = 4096;

    /// <summary>Gets how close what it reports is to what changed.</summary>
    public ChangeExactness Exactness { get; init; } = ChangeExactness.Exact;

    /// <summary>Gets the size of the objects that are reported whole if <see cref="Exactness"/> is <see cref="ChangeExactness.Coarse"/>.</summary>
    public int CoarseLength { get; init; } = 256 * 1024;

    /// <summary>Gets the largest range that is listed in one piece; 0 for no limit.</summary>
    public int MaxRangeLength { get; init; }

    /// <summary>Gets what a change id is. With <see cref="ChangeIdKind.Snapshot"/> it is the name of the snapshot.</summary>
    public ChangeIdKind ChangeIdKind { get; init; } = ChangeIdKind.Opaque;

    /// <summary>Gets whether the base snapshot must still exist.</summary>
    public bool BaseMustExist { get; init; }

    /// <summary>Gets whether any earlier point can be the base, not only the snapshot before.</summary>
    public bool AnyBase { get; init; } = true;

    /// <summary>Gets whether zeros and what was given back are reported as such, not as data.</summary>
    public bool ReportsZeros { get; init; } = true;

    /// <summary>Gets whether it can say what is in use.</summary>
    public bool ReportsAllocated { get; init; } = true;

    /// <summary>Gets what a snapshot of several volumes is worth.</summary>
    public GroupConsistency Groups { get; init; } = GroupConsistency.WriteOrder;

    /// <summary>Gets how long a list can be read from with <see cref="ChangeShape.ListAndToken"/>; <see langword="null"/> for ever.</summary>
    public TimeSpan? ListLifetime { get; init; }

    /// <summary>Gets whether listing the same snapshot again makes the tokens of every earlier list useless.</summary>
    public bool ListAgainExpires { get; init; } = true;

    /// <summary>Gets whether a list that goes on in the middle of a range begins exactly there, instead of with the whole range.</summary>
    public bool ClipsAtStart { get; init; }

    /// <summary>Gets after how many ranges a list goes on asynchronously, as if the next page was asked for; empty pages are among them.</summary>
    public int PageSize { get; init; } = 4;

    /// <summary>Gets the largest change that a stream or push sends in one piece.</summary>
    public int ChunkLength { get; init; } = 64 * 1024;

    /// <summary>Gets how many reads may run at once; one more fails with <see cref="WaybillErrorCode.ProviderBusy"/>. 0 for no limit.</summary>
    public int MaxConcurrentReads { get; init; }

    /// <summary>Gets how long a snapshot cannot be read after it was taken; until then every use of it fails with <see cref="WaybillErrorCode.ProviderBusy"/>.</summary>
    public TimeSpan SnapshotDelay { get; init; }

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets the unit that ranges are really rounded to.</summary>
    internal int Unit => Exactness == ChangeExactness.Coarse ? Math.Max(CoarseLength, 1) : Math.Max(Granularity, 1);
}
