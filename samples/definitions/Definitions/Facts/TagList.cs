using System.Collections.Immutable;
using System.Text;
using Waybill.Samples.Definitions.Documents;

namespace Waybill.Samples.Definitions.Facts;

/// <summary>
/// Collects tags and gaps. Facts with the same key, source and reference become one tag with a list; what may be a secret or is too long becomes a gap
/// that names it; and there is a limit to all of them.
/// </summary>
internal sealed class TagList(string fileName)
{
    private readonly OrderedDictionary<(string Key, TagSource Source, string Reference), OrderedDictionary<string, int>> _tags = [];
    private readonly OrderedDictionary<DefinitionGap, int> _gaps = [];
    private readonly List<Tag> _others = [];
    private long _bytes;

    /// <summary>Adds a fact that was computed.</summary>
    public void AddDerived(string key, string value, string reference)
    {
        if (value.Length > 0)
        {
            Add(key, value, TagSource.Derived, reference);
        }
    }

    /// <summary>Adds a number that was computed.</summary>
    public void AddDerived(string key, long value, string reference)
    {
        Count(key, "", reference);
        _others.Add(new Tag(key, new TagValue.Number(value), TagSource.Derived) { SourceReference = reference });
    }

    /// <summary>Adds a label, annotation or tag that the definition gives, unless it looks like a secret.</summary>
    public void AddGiven(string key, string value, TagSource source, string reference)
    {
        if (SecretRules.IsSecret(key, value, interpolated: false) || SecretRules.HoldsSecret(value, interpolated: false))
        {
            AddGap(DefinitionGapKind.NotShown, reference, $"'{Shown.Cut(key)}' looks like a secret and is no tag.");
        }
        else
        {
            Add(key, value, source, reference);
        }
    }

    public void AddGap(DefinitionGapKind kind, string reference, string reason)
    {
        var gap = new DefinitionGap(kind, reference, reason);
        if (_gaps.TryAdd(gap, 0))
        {
            Count("definition.gap", reason, reference);
        }
    }

    /// <summary>Ends the collection.</summary>
    public (ImmutableArray<Tag> Tags, ImmutableArray<DefinitionGap> Gaps) ToTags()
    {
        foreach ((string Key, TagSource Source, string Reference) tag in TooLong())
        {
            _tags.Remove(tag);
            AddGap(DefinitionGapKind.NotShown, tag.Reference, $"'{Shown.Cut(tag.Key)}' has more values than a tag takes.");
        }

        foreach (DefinitionGap gap in _gaps.Keys)
        {
            Enter("definition.gap", $"{gap.Kind}: {gap.Reason}", TagSource.Derived, gap.Reference);
        }

        if (TooLong().Count > 0)
        {
            throw DefinitionDocument.TooLarge(fileName, "One part of the definition has more gaps than a tag takes");
        }

        IEnumerable<Tag> listed = _tags.Select(tag => new Tag(tag.Key.Key, ValueOf([.. tag.Value.Keys]), tag.Key.Source) { SourceReference = tag.Key.Reference });
        return ([.. listed, .. _others], [.. _gaps.Keys]);
    }

    private static TagValue ValueOf(ImmutableArray<string> values) => values is [string only] ? new TagValue.Text(only) : new TagValue.TextList(values);

    private List<(string Key, TagSource Source, string Reference)> TooLong() =>
        [.. _tags.Where(tag => tag.Value.Keys.Sum(value => Encoding.UTF8.GetByteCount(value) + 2) > DocumentLimits.MaxTagValueBytes).Select(tag => tag.Key)];

    private void Add(string key, string value, TagSource source, string reference)
    {
        if (Encoding.UTF8.GetByteCount(key) is 0 or > DocumentLimits.MaxTagKeyBytes || Encoding.UTF8.GetByteCount(value) > DocumentLimits.MaxTagValueBytes - 2)
        {
            AddGap(DefinitionGapKind.NotShown, reference, $"'{Shown.Cut(key)}' is too long for a tag.");
            return;
        }

        Count(key, value, reference);
        Enter(key, value, source, reference);
    }

    private void Enter(string key, string value, TagSource source, string reference)
    {
        if (!_tags.TryGetValue((key, source, reference), out OrderedDictionary<string, int>? values))
        {
            _tags.Add((key, source, reference), values = new OrderedDictionary<string, int>(StringComparer.Ordinal));
        }

        values.TryAdd(value, 0);
    }

    private void Count(string key, string value, string reference)
    {
        _bytes += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value) + Encoding.UTF8.GetByteCount(reference);
        if (_tags.Count + _others.Count + _gaps.Count >= DocumentLimits.MaxTags || _bytes > DocumentLimits.MaxTagBytes)
        {
            throw DefinitionDocument.TooLarge(fileName, "The definition has more labels and references than a bundle is given");
        }
    }
}
