namespace Waybill.Bundles;

/// <summary>What a stream holds.</summary>
public enum StreamKind
{
    /// <summary>Not stated; never valid in a bundle.</summary>
    Unspecified = 0,

    /// <summary>The content of a block volume.</summary>
    BlockVolume = 1,

    /// <summary>The entries of a file tree.</summary>
    FileMeta = 2,

    /// <summary>The contents of the files of the tree of the same name.</summary>
    FileData = 3,

    /// <summary>Plain bytes, such as a database dump.</summary>
    Bytes = 4,

    /// <summary>Definitions other than Secrets.</summary>
    Resources = 5,

    /// <summary>Secrets, kept apart so that their key can be.</summary>
    Secrets = 6,
}
