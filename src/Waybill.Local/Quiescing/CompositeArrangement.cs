namespace Waybill.Local;

/// <summary>How the members of a <see cref="CompositeQuiescer"/> belong together.</summary>
public enum CompositeArrangement
{
    /// <summary>They hold different things side by side: all together is as consistent as the least of them.</summary>
    Parts,

    /// <summary>They hold the same thing, such as an application and then its file systems: it is as consistent as the best of them makes it.</summary>
    Layers,
}
