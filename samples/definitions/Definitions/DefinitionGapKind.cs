namespace Waybill.Samples.Definitions;

/// <summary>Says why a part of an application is not in its bundles.</summary>
public enum DefinitionGapKind
{
    /// <summary>A volume that the caller's table says nothing of.</summary>
    VolumeNotMapped = 0,

    /// <summary>A volume that the definition does not name: it is known when the application runs.</summary>
    VolumeUnknown = 1,

    /// <summary>What the application does not keep: memory, pipes, what ends with its task, content of images.</summary>
    NotKept = 2,

    /// <summary>A file or a value that the definition needs and that was not given.</summary>
    NotGiven = 3,

    /// <summary>A label, a tag or a reference that is not shown, because it may be a secret or is too long. The definition has it.</summary>
    NotShown = 4,

    /// <summary>A part of the definition that this version has no rule for.</summary>
    NotUnderstood = 5,
}
