namespace Waybill;

/// <summary>A fact about an application or its backup: key, typed value and where it came from. Fixed when a bundle is written.</summary>
/// <param name="Key">The key, 1 to 512 bytes of UTF-8.</param>
/// <param name="Value">The value, at most 64 KiB.</param>
/// <param name="Source">Where the tag came from.</param>
public sealed record Tag(string Key, TagValue Value, TagSource Source = TagSource.User)
{
    /// <summary>Gets what carried the tag, such as <c>apps/v1/Deployment/shop/web</c>.</summary>
    public string SourceReference { get; init; } = "";

    /// <summary>Gets when the tag was seen, if known.</summary>
    public Timestamp? Observed { get; init; }

    /// <summary>Gets who may see the tag.</summary>
    /// <value>The default is <see cref="TagSensitivity.Internal"/>.</value>
    public TagSensitivity Sensitivity { get; init; }

    /// <summary>Makes a tag with a text value given by a user.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The text.</param>
    /// <returns>The tag.</returns>
    public static Tag User(string key, string value) => new(key, new TagValue.Text(value));
}
