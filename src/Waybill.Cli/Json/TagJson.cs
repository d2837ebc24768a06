namespace Waybill.Cli.Json;

/// <summary>A tag. The value of one that is secret is left out.</summary>
internal sealed record TagJson(
    string Key,
    string Type,
    string? Value,
    string[]? Values,
    string Source,
    string? SourceReference,
    string? Observed,
    string Sensitivity)
{
    public static TagJson Of(Tag tag)
    {
        bool isHidden = tag.Sensitivity == TagSensitivity.Secret;
        return new TagJson(
            tag.Key,
            JsonText.TypeOf(tag.Value),
            isHidden || tag.Value is TagValue.TextList ? null : tag.Value.ToString(),
            !isHidden && tag.Value is TagValue.TextList list ? [.. list.Values] : null,
            JsonText.Of(tag.Source),
            JsonText.KnownOrNull(tag.SourceReference),
            tag.Observed?.ToString(),
            JsonText.Of(tag.Sensitivity));
    }
}
