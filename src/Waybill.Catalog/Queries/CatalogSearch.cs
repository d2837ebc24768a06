using System.Collections.Immutable;

namespace Waybill.Catalog;

/// <summary>What is searched for.</summary>
/// <param name="Text">A fragment of a name, tag (<c>key=value</c>), host, cluster, namespace, UID, volume, snapshot, image, object or file, in any case; or the id of an application or bundle.</param>
public sealed record CatalogSearch(string Text)
{
    /// <summary>Gets the end before which it must have been seen first; <see langword="null"/> for none. To the second.</summary>
    public Timestamp? To { get; init; }

    /// <summary>Gets the time at or after which it must have been seen last; <see langword="null"/> for none. The same as <see cref="To"/> asks for what was so at that time.</summary>
    public Timestamp? From { get; init; }

    /// <summary>Gets what may match; everything if empty.</summary>
    public ImmutableArray<FactKind> Kinds { get; init; } = [];

    /// <summary>Gets how many hits are wanted at most.</summary>
    /// <value>The default is 100.</value>
    public int Limit { get; init; } = 100;
}
