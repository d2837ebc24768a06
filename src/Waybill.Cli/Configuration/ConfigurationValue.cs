using System.Collections.Immutable;
using System.Globalization;

namespace Waybill.Cli.Configuration;

/// <summary>A value of the configuration file that knows where it stands. Each way of reading it refuses every other kind of value.</summary>
/// <param name="file">The file.</param>
/// <param name="path">The names that lead to it, with dots between.</param>
/// <param name="line">The line of its name.</param>
/// <param name="node">The value.</param>
internal sealed class ConfigurationValue(string file, string path, int line, ConfigurationNode node)
{
    /// <summary>Gets a text that is not empty.</summary>
    public string Text() => node.Kind == ConfigurationNodeKind.Scalar && node.Text.Length > 0 && (node.IsQuoted || node.Text is not ("~" or "null"))
        ? node.Text
        : throw Refuse("must be a text");

    /// <summary>Gets the absolute path of a file or directory; one that is relative begins where the configuration file lies.</summary>
    public string FilePath() => Path.GetFullPath(Text(), Path.GetDirectoryName(Path.GetFullPath(file))!);

    public bool Flag() => Plain() switch
    {
        "true" => true,
        "false" => false,
        _ => throw Refuse("must be true or false"),
    };

    public int Number(int least, int most) =>
        int.TryParse(Plain(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
            ? number
            : throw Refuse(string.Create(CultureInfo.InvariantCulture, $"must be a number from {least} to {most}"));

    /// <summary>Gets a part of the whole.</summary>
    public double Share() => double.TryParse(Plain(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share) && share is >= 0 and <= 1
        ? share
        : throw Refuse("must be a number from 0 to 1");

    /// <summary>Gets a time span such as <c>30s</c>, <c>5m</c> or <c>1h</c>, at most a day.</summary>
    public TimeSpan Duration()
    {
        string text = Plain();
        TimeSpan? unit = text.Length < 2 ? null : text[^1] switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            _ => null,
        };
        return unit is { } one && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && count * one is var span && span > TimeSpan.Zero && span <= TimeSpan.FromDays(1)
            ? span
            : throw Refuse("must be a time span such as 30s, 5m or 1h, at most 24h");
    }

    public T Choice<T>(params ReadOnlySpan<(string Word, T Value)> choices)
    {
        string text = Text();
        foreach ((string word, T value) in choices)
        {
            if (word == text)
            {
                return value;
            }
        }

        List<string> words = [];
        foreach ((string word, _) in choices)
        {
            words.Add(word);
        }

        throw Refuse($"must be one of {string.Join(", ", words)}");
    }

    public ImmutableArray<string> Texts() => [.. Items().Select(item => item.Text())];

    public ImmutableArray<string> FilePaths() => [.. Items().Select(item => item.FilePath())];

    /// <summary>Gets the items of a list.</summary>
    public IEnumerable<ConfigurationValue> Items() => node.Kind == ConfigurationNodeKind.List
        ? node.Items.Select((item, i) => new ConfigurationValue(file, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), item.Line, item))
        : throw Refuse("must be a list");

    /// <summary>Gets what a mapping holds, by names that are not given.</summary>
    public IEnumerable<(string Name, ConfigurationValue Value)> Entries() => node.Kind == ConfigurationNodeKind.Mapping
        ? node.Entries.Select(entry => (entry.Key, new ConfigurationValue(file, path.Length == 0 ? entry.Key : $"{path}.{entry.Key}", entry.Line, entry.Value)))
        : throw Refuse("must be a mapping of names to values");

    /// <summary>Gets a mapping of which every setting is known.</summary>
    public ConfigurationSection Section(SettingSection section) => new(this, section);

    /// <summary>Makes the error that refuses this value.</summary>
    /// <param name="problem">What is wrong: the rest of a sentence that begins with the setting.</param>
    /// <param name="hint">What to do, if it is something else than reading the guide.</param>
    /// <param name="inner">What it came from.</param>
    /// <returns>The error.</returns>
    public WaybillException Refuse(string problem, string? hint = null, Exception? inner = null) => ConfigurationError.At(
        file, line, path.Length == 0 ? $"The configuration {problem}" : $"The setting '{path}' {problem}", hint ?? "docs/guide/configuration.md lists every setting.", inner);

    // In quotes it is a text, whatever it looks like.
    private string Plain() => node is { Kind: ConfigurationNodeKind.Scalar, IsQuoted: false } ? node.Text : "";
}
