using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Waybill.Cli.Resources;

/// <summary>
/// Splits a YAML file into its documents without changing a byte. The slices start where a document starts, its comments, directives and
/// marker included, and end where the next one starts; so put one after the other they are the file, but for documents that are empty.
/// </summary>
internal sealed class YamlDefinitions
{
    private readonly string _text;
    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, DefinitionNode> _anchors = [];
    private int _countedChars; // chars of _text whose bytes are in _countedBytes
    private long _countedBytes;

    private YamlDefinitions(string text, int byteOrderMarkLength)
    {
        _text = text;
        _countedBytes = byteOrderMarkLength;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    public static List<DefinitionDocument> Split(ReadOnlyMemory<byte> file)
    {
        (string text, int byteOrderMarkLength) = Utf8Text.Decode(file.Span);
        var splitter = new YamlDefinitions(text, byteOrderMarkLength);
        try
        {
            return splitter.ReadDocuments(file.Length);
        }
        catch (YamlException error)
        {
            throw new DefinitionException($"This is not valid YAML: {error.Message}", splitter.BytesBefore((int)error.Start.Index));
        }
        catch (InvalidOperationException)
        {
            // The scanner's way of saying that it met something it has no rule for.
            throw new DefinitionException("This is not valid YAML.", splitter.BytesBefore((int)splitter._parser.Current!.End.Index));
        }
    }

    private List<DefinitionDocument> ReadDocuments(long fileLength)
    {
        var roots = new List<(DefinitionNode Root, long Start)>();
        long start = 0;
        bool startIsKnown = true; // the first document owns everything before it
        Next(); // StreamStart
        while (Next() is DocumentStart documentStart)
        {
            if (!startIsKnown)
            {
                start = BytesBefore((int)documentStart.Start.Index);
            }

            _anchors.Clear();
            roots.Add((ReadNode(Next(), DefinitionLimits.MaxDepth), start));
            var documentEnd = (DocumentEnd)Next();
            startIsKnown = !documentEnd.IsImplicit;
            if (startIsKnown)
            {
                // "..." ends the document; comments and directives after that line belong to the next one.
                int lineEnd = _text.IndexOf('\n', (int)documentEnd.Start.Index);
                start = BytesBefore(lineEnd < 0 ? _text.Length : lineEnd + 1);
            }
        }

        var documents = new List<DefinitionDocument>(roots.Count);
        for (int i = 0; i < roots.Count; i++)
        {
            (DefinitionNode root, long first) = roots[i];
            long end = i + 1 < roots.Count ? roots[i + 1].Start : fileLength;
            if (root.Kind != DefinitionNodeKind.Null)
            {
                documents.Add(new DefinitionDocument(root, first, end));
            }
        }

        return documents;
    }

    private ParsingEvent Next() =>
        _parser.MoveNext() ? _parser.Current! : throw new DefinitionException("This YAML ends too early.", BytesBefore(_text.Length));

    private DefinitionNode ReadNode(ParsingEvent start, int depth)
    {
        long offset = BytesBefore((int)start.Start.Index);
        if (depth == 0)
        {
            throw new DefinitionException($"Values are nested deeper than {DefinitionLimits.MaxDepth}.", offset);
        }

        DefinitionNode node = start switch
        {
            AnchorAlias alias => _anchors.GetValueOrDefault(alias.Value)
                ?? throw new DefinitionException($"The alias '*{alias.Value}' names nothing that ends before it.", offset),
            Scalar { Style: ScalarStyle.Plain, Tag.IsEmpty: true, Value: "" or "~" or "null" or "Null" or "NULL" } => DefinitionNode.Null(offset),
            Scalar scalar => DefinitionNode.Scalar(scalar.Value, offset),
            MappingStart mapping => ReadMapping(mapping, offset, depth),
            SequenceStart sequence => ReadSequence(sequence, offset, depth),
            _ => throw new DefinitionException("A value is missing.", offset),
        };
        if (start is NodeEvent { Anchor.IsEmpty: false } anchored)
        {
            _anchors[anchored.Anchor] = node;
        }

        return node;
    }

    private DefinitionNode ReadMapping(MappingStart start, long offset, int depth)
    {
        DefinitionNode mapping = DefinitionNode.Mapping(offset, start.Style == MappingStyle.Flow);
        ParsingEvent next;
        while ((next = Next()) is not MappingEnd)
        {
            DefinitionNode key = ReadNode(next, depth - 1);
            if (key.Kind is not (DefinitionNodeKind.Scalar or DefinitionNodeKind.Null))
            {
                throw new DefinitionException("A key is not a text.", key.Offset);
            }

            mapping.Entries.Add(new(key.Text, ReadNode(Next(), depth - 1)));
        }

        mapping.End = EndOf(next, '}', mapping.IsSelfContained);
        return mapping;
    }

    private DefinitionNode ReadSequence(SequenceStart start, long offset, int depth)
    {
        DefinitionNode sequence = DefinitionNode.Sequence(offset, start.Style == SequenceStyle.Flow);
        ParsingEvent next;
        while ((next = Next()) is not SequenceEnd)
        {
            sequence.Items.Add(ReadNode(next, depth - 1));
        }

        sequence.End = EndOf(next, ']', sequence.IsSelfContained);
        return sequence;
    }

    /// <summary>Finds the end of a collection. The parser's mark of a closing bracket stands before the bracket.</summary>
    private long EndOf(ParsingEvent end, char bracket, bool hasBracket)
    {
        int index = (int)end.Start.Index;
        if (hasBracket && (index >= _text.Length || _text[index] != bracket))
        {
            throw new DefinitionException("The end of this value could not be found.", BytesBefore(index));
        }

        return BytesBefore(hasBracket ? index + 1 : index);
    }

    /// <summary>
    /// Converts a place in the text to a place in the file. Places mostly ascend, so the count goes on from the last one.
    /// The parser puts what is missing at the end behind the end, so places are cut there.
    /// </summary>
    private long BytesBefore(int index)
    {
        index = Math.Min(index, _text.Length);
        if (index < _countedChars)
        {
            _countedBytes -= Encoding.UTF8.GetByteCount(_text.AsSpan(index, _countedChars - index));
        }
        else
        {
            _countedBytes += Encoding.UTF8.GetByteCount(_text.AsSpan(_countedChars, index - _countedChars));
        }

        _countedChars = index;
        return _countedBytes;
    }
}
