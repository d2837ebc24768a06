using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Waybill.Samples.Definitions.Documents;

/// <summary>
/// Reads the one document of a YAML file into nodes: anchors, aliases and merge keys are resolved, keys that occur twice and tags that make something
/// else of a value are refused, and what aliases write out is counted before anything walks over it.
/// </summary>
internal sealed class YamlReader
{
    private const string MergeKey = "<<";

    /// <summary>Tags that only say what a value is anyway.</summary>
    private static readonly HashSet<string> s_plainTags = new(
        ((string[])["str", "int", "float", "bool", "map", "seq"]).Select(tag => "tag:yaml.org,2002:" + tag), StringComparer.Ordinal);

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _fileName;
    private readonly string _text;
    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, DefinitionNode> _anchors = [];
    private int _countedChars; // characters of _text whose bytes are in _countedBytes
    private long _countedBytes;

    private YamlReader(string fileName, string text, int markLength)
    {
        _fileName = fileName;
        _text = text;
        _countedBytes = markLength;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ResourceInvalid"/>, <see cref="WaybillErrorCode.LimitExceeded"/>.</exception>
    public static DefinitionDocument Read(string fileName, ReadOnlySpan<byte> content)
    {
        if (content.Length > DocumentLimits.MaxBytes)
        {
            throw DefinitionDocument.TooLarge(fileName, "The definition is larger than 1 MiB");
        }

        int markLength = content.StartsWith("\uFEFF"u8) ? 3 : 0;
        YamlReader reader;
        try
        {
            reader = new YamlReader(fileName, s_strict.GetString(content[markLength..]), markLength);
        }
        catch (DecoderFallbackException e)
        {
            throw DefinitionDocument.Invalid(fileName, markLength + Math.Max(0, e.Index), "The definition is not UTF-8 text", inner: e);
        }

        try
        {
            return new DefinitionDocument(fileName, reader.ReadDocument());
        }
        catch (YamlException e)
        {
            throw DefinitionDocument.Invalid(fileName, reader.BytesBefore((int)e.Start.Index), "The definition is not valid YAML", inner: e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The scanner's ways of saying that it met something it has no rule for.
            throw DefinitionDocument.Invalid(fileName, reader.BytesBefore((int)(reader._parser.Current?.End.Index ?? 0)), "The definition is not valid YAML", inner: e);
        }
    }

    private DefinitionNode ReadDocument()
    {
        Next(); // StreamStart
        if (Next() is not DocumentStart)
        {
            throw Invalid(0, "The definition is empty");
        }

        DefinitionNode root = ReadNode(Next(), DocumentLimits.MaxDepth);
        Next(); // DocumentEnd
        return Next() is StreamEnd ? root : throw Invalid(BytesBefore((int)_parser.Current!.Start.Index), "The definition is more than one document", "Give one document for each application.");
    }

    private ParsingEvent Next() => _parser.MoveNext() ? _parser.Current! : throw Invalid(BytesBefore(_text.Length), "The definition ends too early");

    private DefinitionNode ReadNode(ParsingEvent start, int depth)
    {
        long offset = BytesBefore((int)start.Start.Index);
        if (depth == 0)
        {
            throw TooDeep();
        }

        if (start is AnchorAlias alias)
        {
            // An anchor counts from the end of its value on, so nothing can hold itself.
            return _anchors.GetValueOrDefault(alias.Value) ?? throw Invalid(offset, $"The alias '*{Shown.Cut(alias.Value.Value)}' names nothing that ends before it");
        }

        if (start is NodeEvent { Tag.IsEmpty: false } tagged && !s_plainTags.Contains(tagged.Tag.Value))
        {
            throw Invalid(offset, $"The tag '{Shown.Cut(tagged.Tag.Value)}' is not understood", "Tags such as !reset and !override belong into files that change another one; give what they amount to.");
        }

        DefinitionNode node = start switch
        {
            Scalar { Style: ScalarStyle.Plain, Tag.IsEmpty: true, Value: "" or "~" or "null" or "Null" or "NULL" } => new DefinitionNode(NodeKind.Null, offset),
            Scalar scalar => new DefinitionNode(NodeKind.Scalar, offset) { Text = scalar.Value },
            MappingStart => ReadMapping(offset, depth),
            SequenceStart => ReadList(offset, depth),
            _ => throw Invalid(offset, "A value is missing"),
        };
        node.Measure();
        if (node.Weight > DocumentLimits.MaxWeight)
        {
            throw DefinitionDocument.TooLarge(_fileName, "The aliases of the definition write out to more than 4 Mi characters");
        }

        if (node.Height > DocumentLimits.MaxDepth)
        {
            throw TooDeep();
        }

        if (start is NodeEvent { Anchor.IsEmpty: false } anchored)
        {
            _anchors[anchored.Anchor] = node;
        }

        return node;
    }

    private DefinitionNode ReadMapping(long offset, int depth)
    {
        var mapping = new DefinitionNode(NodeKind.Mapping, offset);
        DefinitionNode? merged = null;
        ParsingEvent next;
        while ((next = Next()) is not MappingEnd)
        {
            bool isPlain = next is Scalar { Style: ScalarStyle.Plain };
            DefinitionNode key = ReadNode(next, depth - 1);
            if (key.Kind != NodeKind.Scalar)
            {
                throw Invalid(key.Offset, "A key is not a text");
            }

            DefinitionNode value = ReadNode(Next(), depth - 1);
            if (isPlain && key.Text == MergeKey ? merged is not null : !mapping.Entries.TryAdd(key.Text, value))
            {
                throw Invalid(key.Offset, $"'{Shown.Cut(key.Text)}' is set twice");
            }

            merged = isPlain && key.Text == MergeKey ? value : merged;
        }

        if (merged is not null)
        {
            Merge(mapping, merged);
        }

        return mapping;
    }

    /// <summary>Adds what the mapping does not say itself; of several mappings the first that says it counts.</summary>
    private void Merge(DefinitionNode mapping, DefinitionNode merged)
    {
        foreach (DefinitionNode source in merged.Kind == NodeKind.List ? merged.Items : [merged])
        {
            if (source.Kind != NodeKind.Mapping)
            {
                throw Invalid(source.Offset, "What '<<' merges is not a mapping");
            }

            foreach ((string key, DefinitionNode value) in source.Entries)
            {
                mapping.Entries.TryAdd(key, value);
            }
        }
    }

    private DefinitionNode ReadList(long offset, int depth)
    {
        var list = new DefinitionNode(NodeKind.List, offset);
        ParsingEvent next;
        while ((next = Next()) is not SequenceEnd)
        {
            list.Items.Add(ReadNode(next, depth - 1));
        }

        return list;
    }

    private WaybillException Invalid(long offset, string message, string? hint = null) => DefinitionDocument.Invalid(_fileName, offset, message, hint);

    private WaybillException TooDeep() => DefinitionDocument.TooLarge(_fileName, $"Values of the definition are nested deeper than {DocumentLimits.MaxDepth}");

    /// <summary>Converts a place in the text to a place in the file. Places mostly ascend, so the count goes on from the last one.</summary>
    private long BytesBefore(int index)
    {
        index = Math.Min(index, _text.Length);
        _countedBytes += index < _countedChars
            ? -Encoding.UTF8.GetByteCount(_text.AsSpan(index, _countedChars - index))
            : Encoding.UTF8.GetByteCount(_text.AsSpan(_countedChars, index - _countedChars));
        _countedChars = index;
        return _countedBytes;
    }
}
