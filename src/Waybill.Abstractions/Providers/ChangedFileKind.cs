namespace Waybill.Providers;

/// <summary>What happened to a file.</summary>
public enum ChangedFileKind
{
    /// <summary>It was not there before.</summary>
    Added = 0,

    /// <summary>Its content or what is known of it changed.</summary>
    Changed = 1,

    /// <summary>It is gone.</summary>
    Removed = 2,
}
