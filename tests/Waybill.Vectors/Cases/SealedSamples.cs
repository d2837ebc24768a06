using System.Security.Cryptography;
using Google.Protobuf;
using Waybill.Bundles;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;
using Waybill.Vectors.Keys;
using Waybill.Vectors.Sketches;
using static Waybill.Vectors.Cases.Samples;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Vectors.Cases;

/// <summary>Encrypted bundles that several vectors are made from.</summary>
internal static class SealedSamples
{
    public static byte[] DataSecret { get; } = SHA256.HashData("pre-shared key for data"u8);

    public static byte[] MetaSecret { get; } = SHA256.HashData("pre-shared key for metadata"u8);

    public static VectorKey DataKey { get; } = new("psk", Convert.ToHexStringLower(DataSecret));

    public static VectorKey MetaKey { get; } = new("psk", Convert.ToHexStringLower(MetaSecret));

    public static VectorKey WrongKey { get; } = new("psk", Convert.ToHexStringLower(SHA256.HashData("another pre-shared key"u8)));

    /// <summary>Two volumes, for one pre-shared key.</summary>
    public static BundleSketch Small(string name) => Small(name, SealSuite.AesGcm, Recipients.Psk());

    public static BundleSketch Small(string name, SealSuite suite, params Func<BundleKeys, Wire.Recipient>[] recipients)
    {
        BundleSketch bundle = Begin(name, suite, recipients);
        Fill(bundle);
        return bundle.Finish();
    }

    /// <summary>Begins a bundle for recipients.</summary>
    public static BundleSketch Begin(string name, SealSuite suite, Func<BundleKeys, Wire.Recipient>[] recipients, BundleSketch? parent = null, Features features = default)
    {
        var bundle = new BundleSketch(name, parent, features, suite);
        bundle.Image.Sealing!.Recipients.AddRange(recipients);
        return bundle;
    }

    /// <summary>Adds two volumes whose last chunks have the same length, and padding.</summary>
    public static void Fill(BundleSketch bundle)
    {
        Lz4Block cell = Lz4Block.Fill("A");
        bundle.Begin("data").Data(cell.Decoded, BundleCodec.Lz4, cell.Encoded).Zero(2 * Cell).Data(Pattern.Cell("C", 600)).End();
        bundle.Volume("other", Pattern.Cell("D", 600));
        bundle.Add(RecordType.Pad, "pad"u8.ToArray());
    }

    /// <summary>A stream of every kind, for three keys: all, all but Secrets, metadata only.</summary>
    public static BundleSketch Rich(string name) => Rich(name, true);

    public static BundleSketch Rich(string name, bool blinded)
    {
        BundleSketch bundle = Begin(
            name, SealSuite.AesGcm, [Recipients.Psk(), Recipients.Psk(KeyScopes.Data, DataSecret), Recipients.Psk(KeyScopes.Metadata, MetaSecret)]);
        bundle.Volume("volume", [.. Pattern.Cell("v", 700), .. new byte[2 * Cell]]);
        GoodEntries.AddTree(bundle, "tree", Pattern.Cell("f", 500), [GoodEntries.File("file", Wire.FileType.Regular, f => GoodEntries.Extent(f, 500, 0, 0, 500))]);
        bundle.Volume("dump", "INSERT INTO orders VALUES (1);\n"u8.ToArray(), StreamKind.Bytes);
        GoodEntries.AddResources(bundle, StreamKind.Resources, (new Wire.ResourceEntry { ApiVersion = "v1", Kind = "ConfigMap", Namespace = "shop", Name = "c" }, "kind: ConfigMap\n"u8.ToArray()));
        var secret = new Wire.ResourceEntry { Ordinal = 1, ApiVersion = "v1", Kind = "Secret", Namespace = "shop", Name = "db" };
        if (blinded)
        {
            secret.Blinding = ByteString.CopyFrom(SHA256.HashData("blinding of the first Secret"u8));
        }

        GoodEntries.AddResources(
            bundle, StreamKind.Secrets, (secret, "c2VjcmV0"u8.ToArray()), (new Wire.ResourceEntry { Ordinal = 2, ApiVersion = "v1", Kind = "Secret", Namespace = "shop", Name = "two" }, [1]));
        return bundle.Finish();
    }
}
