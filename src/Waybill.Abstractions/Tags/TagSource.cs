namespace Waybill;

/// <summary>Says where a tag came from. The same key may come from several sources at once.</summary>
public enum TagSource
{
    /// <summary>Not stated.</summary>
    Unspecified = 0,

    /// <summary>Given by the person or program that made the backup.</summary>
    User = 1,

    /// <summary>A label of an object.</summary>
    Label = 2,

    /// <summary>An annotation of an object.</summary>
    Annotation = 3,

    /// <summary>A label of the namespace.</summary>
    NamespaceLabel = 4,

    /// <summary>A tag of a virtual machine.</summary>
    VmTag = 5,

    /// <summary>A tag of a cloud resource.</summary>
    CloudTag = 6,

    /// <summary>Set by a policy.</summary>
    Policy = 7,

    /// <summary>Computed by the writer.</summary>
    Derived = 8,
}
