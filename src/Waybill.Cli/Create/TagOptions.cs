using System.CommandLine;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Create;

/// <summary>The options that say what a bundle is to be found by.</summary>
internal sealed class TagOptions
{
    private readonly Option<string[]> _tags = new("--tag") { Description = "A fact to find the bundle by.", HelpName = "KEY=VALUE" };

    private readonly Option<string[]> _publicTags = new("--public-tag")
    {
        Description = "A fact that may stand in the clear; see --public-tags.", HelpName = "KEY=VALUE",
    };

    public void AddTo(Command command)
    {
        command.Add(_tags);
        command.Add(_publicTags);
    }

    /// <summary>Gets the tags.</summary>
    public Tag[] Bind(ParseResult parsed)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return
        [
            .. (parsed.GetValue(_tags) ?? []).Select(tag => Bind("--tag", tag, TagSensitivity.Internal)),
            .. (parsed.GetValue(_publicTags) ?? []).Select(tag => Bind("--public-tag", tag, TagSensitivity.Public)),
        ];

        Tag Bind(string option, string text, TagSensitivity sensitivity)
        {
            NamedValue value = NamedValue.Parse(option, text);
            return seen.Add(value.Name)
                ? Tag.User(value.Name, value.Value) with { Sensitivity = sensitivity }
                : throw new UsageException($"{option} gives the key '{value.Name}' twice.");
        }
    }
}
