namespace Waybill.Catalog;

/// <summary>What an application can be found by.</summary>
public enum FactKind
{
    /// <summary>A name it had.</summary>
    Name = 1,

    /// <summary>A tag: a label, an annotation, a tag given by a user, and so on.</summary>
    Tag = 2,

    /// <summary>A host it ran on.</summary>
    Host = 3,

    /// <summary>A cluster, by name or identity.</summary>
    Cluster = 4,

    /// <summary>A namespace.</summary>
    Namespace = 5,

    /// <summary>A UID of its namespace or owning object.</summary>
    Uid = 6,

    /// <summary>A volume: its name, its handle on the platform, its claim, its storage class.</summary>
    Volume = 7,

    /// <summary>A snapshot a volume was read from.</summary>
    Snapshot = 8,

    /// <summary>A container image in its definitions.</summary>
    Image = 9,

    /// <summary>An object of its definitions.</summary>
    Resource = 10,

    /// <summary>The name of a file.</summary>
    File = 11,
}
