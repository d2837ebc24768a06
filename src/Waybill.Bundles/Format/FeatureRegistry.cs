using Waybill.Bundles.Wire;

namespace Waybill.Bundles.Format;

/// <summary>Names and messages of the features of this version, spec 3; written into every bundle that uses them.</summary>
internal static class FeatureRegistry
{
    private static readonly (int Word, int Bit, string Name, string Message)[] s_features =
    [
        (0, 0, "ENCRYPTED", "This bundle is encrypted; a reader with key support is needed."),
        (0, 1, "ZSTD", "Cells of this bundle may be compressed with zstd (RFC 8878)."),
        (0, 2, "EXTERNAL_CHUNKS", "The data of this bundle lies in a chunk store."),
        (0, 3, "SEGMENTED", "This bundle is cut into several objects."),
        (2, 0, "SCHEMA", "A record holds the text of bundle.proto."),
    ];

    /// <summary>Names every bit that is set; those this version does not know as <paramref name="known"/> does.</summary>
    public static FeatureNames Describe(Features features, FeatureNames? known = null)
    {
        var names = new FeatureNames();
        foreach ((int word, int bit) in features.SetBits())
        {
            if (known?.Features.FirstOrDefault(f => f.Word == word && f.Bit == bit) is { } stated)
            {
                names.Features.Add(stated);
                continue;
            }

            (int _, int _, string name, string message) = s_features.First(f => f.Word == word && f.Bit == bit);
            names.Features.Add(new FeatureName { Word = (uint)word, Bit = (uint)bit, Name = name, Message = message, MinimumVersion = "1.0" });
        }

        return names;
    }

    public static string NameOf(int word, int bit)
    {
        foreach ((int w, int b, string name, string _) in s_features)
        {
            if (w == word && b == bit)
            {
                return name;
            }
        }

        return $"bit {bit}";
    }
}
