namespace Waybill.Bundles.Tests.Local;

/// <summary>Content that differs at every place, the same in every run.</summary>
internal static class SampleBytes
{
    public static byte[] Make(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
