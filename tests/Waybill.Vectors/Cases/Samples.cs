using Waybill.Bundles.Format;
using Waybill.Vectors.Sketches;

namespace Waybill.Vectors.Cases;

/// <summary>Bundles that several vectors are made from.</summary>
internal static class Samples
{
    public const int Cell = 65_536;
    public const int Block = 512;

    /// <summary>One volume with two cells of data, zeros between them and a short last cell; then padding.</summary>
    public static BundleSketch Small(string name) => Sketch(name, default);

    public static BundleSketch Sketch(string name, Features features, ushort minor = 0)
    {
        var bundle = new BundleSketch(name, features: features);
        bundle.Image.Minor = minor;
        bundle.Begin("data").Data(Pattern.Cell("A")).Zero(2 * Cell).Data(Pattern.Cell("B")).Data(Pattern.Cell("C", 1000)).End();
        bundle.Add(RecordType.Pad, "pad"u8.ToArray());
        return bundle.Finish();
    }
}
