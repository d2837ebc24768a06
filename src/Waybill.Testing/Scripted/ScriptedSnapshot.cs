using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A snapshot of a <see cref="ScriptedProvider"/>; kept as a base of changes after the snapshot itself was removed.</summary>
internal sealed class ScriptedSnapshot(SnapshotDescriptor descriptor, ScriptedVolume volume)
{
    public SnapshotDescriptor Descriptor { get; } = descriptor;

    public ScriptedVolume Volume { get; } = volume;

    public ModelSnapshot Content { get; } = volume.Disk.TakeSnapshot();

    public ModelTreeState Tree { get; } = volume.Tree.Current;

    /// <summary>Gets when it can be read.</summary>
    public DateTimeOffset ReadyAt { get; init; }

    /// <summary>Gets what was taken of the same volume before.</summary>
    public ScriptedSnapshot? Previous { get; init; }

    /// <summary>Gets or sets whether the snapshot is gone.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>Gets or sets whether changes since are not known any more.</summary>
    public bool IsLost { get; set; }

    /// <summary>Gets or sets the number of the list whose tokens are good.</summary>
    public int ListNumber { get; set; }
}
