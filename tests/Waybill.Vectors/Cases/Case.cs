using Waybill.Vectors.Images;
using Waybill.Vectors.Sketches;

namespace Waybill.Vectors.Cases;

/// <summary>Short ways to write down a vector.</summary>
internal static class Case
{
    /// <summary>A bundle that every reader must accept.</summary>
    public static Vector Good(string name, string about, string[] spec, Func<string, BundleSketch> make, params string[] parents) =>
        new("v1", name, about, spec, () => VectorBundle.From(make(name), parents.Length > 0)) { Parents = parents };

    /// <summary>A bundle with one fault that its image shows only once it is finished.</summary>
    public static Vector Broken(string name, string about, string[] spec, string expect, Func<string, BundleSketch> make, Action<BundleImage> change, params string[] parents) =>
        new("broken", name, about, spec, () =>
        {
            BundleImage image = make(name).Image;
            change(image);
            return new VectorBundle(image.ToBytes());
        })
        {
            Expect = expect,
            Parents = parents,
        };

    /// <summary>A bundle whose fault was put in while it was made.</summary>
    public static Vector Broken(string name, string about, string[] spec, string expect, Func<string, BundleSketch> make, params string[] parents) =>
        Broken(name, about, spec, expect, make, _ => { }, parents);

    /// <summary>The small sample with one fault.</summary>
    public static Vector Fault(string name, string about, string[] spec, string expect, Action<BundleImage> change) =>
        Broken(name, about, spec, expect, Samples.Small, change);

    /// <summary>Bytes that are not laid out at all.</summary>
    public static Vector Bytes(string name, string about, string[] spec, string expect, Func<byte[]> make) =>
        new("broken", name, about, spec, () => new VectorBundle(make())) { Expect = expect };
}
