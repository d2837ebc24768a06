using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Waybill.Samples.Definitions.Facts;

/// <summary>Says which images an application runs, and which content they had: a name alone says something else tomorrow.</summary>
internal static partial class ImageFacts
{
    /// <summary>Adds the tags of an image.</summary>
    /// <exception cref="ArgumentException">The digest the caller gives is none.</exception>
    public static void Add(TagList tags, string image, ImmutableDictionary<string, string> digests, string reference)
    {
        tags.AddDerived("image", image, reference);
        int at = image.LastIndexOf('@');
        if (at > 0 && Digest().IsMatch(image[(at + 1)..]))
        {
            tags.AddDerived("image.digest", image[(at + 1)..], reference);
        }
        else if (digests.TryGetValue(image, out string? digest))
        {
            tags.AddDerived("image.digest", Digest().IsMatch(digest) ? digest : throw new ArgumentException($"'{digest}' is not a digest of an image.", nameof(digests)), reference);
        }
    }

    [GeneratedRegex(@"\A[a-z0-9+._-]{1,32}:[0-9a-f]{32,128}\z")]
    private static partial Regex Digest();
}
