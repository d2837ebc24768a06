using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Waybill.Cli.Configuration;

/// <summary>
/// Reads the one document of a configuration file into nodes. JSON is read as the YAML it is. Aliases, tags and keys that occur twice are refused:
/// what a setting is must be seen where it stands.
/// </summary>
internal sealed class ConfigurationParser
{
    private const int MaxDepth = 16;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _file;
    private readonly Parser _parser;

    private ConfigurationParser(string file, string text)
    {
        _file = file;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>Parses a file.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="content">Its bytes.</param>
    /// <returns>The document; an empty mapping if there is none.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/>.</exception>
    public static ConfigurationNode Parse(string file, ReadOnlySpan<byte> content)
    {
        ConfigurationParser parser;
        try
        {
            parser = new ConfigurationParser(file, s_strict.GetString(content.StartsWith("\uFEFF"u8) ? content[3..] : content));
        }
        catch (DecoderFallbackException e)
        {
            throw ConfigurationError.At(file, 1, "The configuration is not UTF-8 text", inner: e);
        }

        try
        {
            return parser.ReadDocument();
        }
        catch (YamlException e)
        {
            throw ConfigurationError.At(file, e.Start.Line, $"The configuration is not valid YAML: {e.Message}", inner: e);
        }
        catch (InvalidOperationException e)
        {
            // The scanner's way of saying that it met something it has no rule for.
            throw ConfigurationError.At(file, parser._parser.Current?.End.Line ?? 1, "The configuration is not valid YAML", inner: e);
        }
    }

    private ConfigurationNode ReadDocument()
    {
        Next(); // StreamStart
        if (Next() is not DocumentStart)
        {
            return new ConfigurationNode(ConfigurationNodeKind.Mapping, 1);
        }

        ParsingEvent root = Next();
        ConfigurationNode node = root is Scalar { Style: ScalarStyle.Plain, Value: "" } ? new ConfigurationNode(ConfigurationNodeKind.Mapping, 1) : ReadNode(root, MaxDepth);
        Next(); // DocumentEnd
        return Next() is StreamEnd end ? node : throw Error(_parser.Current!, "The configuration is one document");
    }

    private ParsingEvent Next() => _parser.MoveNext() ? _parser.Current! : throw ConfigurationError.At(_file, 1, "The configuration ends too early");

    private ConfigurationNode ReadNode(ParsingEvent start, int depth)
    {
        if (depth == 0)
        {
            throw Error(start, $"Values are nested deeper than {MaxDepth}");
        }

        if (start is AnchorAlias or NodeEvent { Anchor.IsEmpty: false } or NodeEvent { Tag.IsEmpty: false })
        {
            throw Error(start, "Anchors, aliases and tags are not used in a configuration");
        }

        return start switch
        {
            Scalar scalar => new ConfigurationNode(ConfigurationNodeKind.Scalar, LineOf(start), scalar.Value, scalar.Style != ScalarStyle.Plain),
            MappingStart => ReadMapping(start, depth),
            SequenceStart => ReadList(start, depth),
            _ => throw Error(start, "A value is missing"),
        };
    }

    private ConfigurationNode ReadMapping(ParsingEvent start, int depth)
    {
        var mapping = new ConfigurationNode(ConfigurationNodeKind.Mapping, LineOf(start));
        ParsingEvent next;
        while ((next = Next()) is not MappingEnd)
        {
            ConfigurationNode key = ReadNode(next, depth - 1);
            if (key.Kind != ConfigurationNodeKind.Scalar)
            {
                throw Error(next, "A key is not a text");
            }

            if (mapping.Entries.Any(entry => entry.Key == key.Text))
            {
                throw ConfigurationError.At(_file, key.Line, $"'{key.Text}' is set twice");
            }

            mapping.Entries.Add((key.Text, key.Line, ReadNode(Next(), depth - 1)));
        }

        return mapping;
    }

    private ConfigurationNode ReadList(ParsingEvent start, int depth)
    {
        var list = new ConfigurationNode(ConfigurationNodeKind.List, LineOf(start));
        ParsingEvent next;
        while ((next = Next()) is not SequenceEnd)
        {
            list.Items.Add(ReadNode(next, depth - 1));
        }

        return list;
    }

    private WaybillException Error(ParsingEvent at, string message) => ConfigurationError.At(_file, at.Start.Line, message);

    private static int LineOf(ParsingEvent at) => (int)at.Start.Line;
}
