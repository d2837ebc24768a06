using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>Bundles to damage, together with what they hold.</summary>
internal sealed record SalvageSample(byte[] Bundle, IReadOnlyDictionary<int, byte[]> Content, byte[]? Parent = null);

/// <summary>Makes bundles and looks at what salvage says of them.</summary>
internal static class SalvageLab
{
    public const int Cell = 64 * 1024;

    /// <summary>A small bundle with two volumes at once, one of them with zeros, and resources.</summary>
    public static async Task<SalvageSample> SmallAsync()
    {
        byte[] first = new byte[(3 * Cell) + 3000];
        Lab.Noise(900, 1).CopyTo(first, 100);
        first.AsSpan(2 * Cell, Cell).Fill((byte)'x');
        Lab.Noise(3000, 2).CopyTo(first, 3 * Cell);
        byte[] second = Lab.Noise(2000, 3);
        byte[] bundle = await Lab.WriteAsync(async writer =>
        {
            await using BundleStreamWriter one = await writer.OpenStreamAsync(StreamKind.Bytes, "one");
            await using BundleStreamWriter two = await writer.OpenStreamAsync(StreamKind.Bytes, "two");
            await one.WriteAsync(first.AsMemory(0, 2 * Cell));
            await two.WriteAsync(second);
            await two.CompleteAsync();
            await one.WriteAsync(first.AsMemory(2 * Cell));
            await one.CompleteAsync();
            await writer.AddResourcesAsync([Resource(0, 300), Resource(1, 40)]);
        });
        return new SalvageSample(bundle, new Dictionary<int, byte[]> { [0] = first, [1] = second });
    }

    /// <summary>A small incremental bundle with masked cells, zeros and inherited runs.</summary>
    public static async Task<SalvageSample> SmallIncrementalAsync()
    {
        byte[] before = Lab.MixedVolume((5 * Cell) + 700, 4);
        byte[] after = (byte[])before.Clone();
        Lab.Noise(600, 5).CopyTo(after, 5000);
        after.AsSpan(9000, 2500).Clear();
        after.AsSpan(Cell, 512 * 3).Clear();
        Lab.Noise(Cell, 6).AsSpan(0, 1500).CopyTo(after.AsSpan(2 * Cell));
        after.AsSpan(4 * Cell, Cell).Fill((byte)'y');
        byte[] full = await Lab.FullAsync(before);
        byte[] bundle = await Lab.IncrementalAsync(after, null, null, full);
        return new SalvageSample(bundle, new Dictionary<int, byte[]> { [0] = after }, full);
    }

    /// <summary>A bundle of several tiles and an index node.</summary>
    public static async Task<SalvageSample> LargeAsync(int cells = 700)
    {
        // Each cell differs and compresses well.
        byte[] volume = new byte[(cells * Cell) - 12_345];
        for (int cell = 0; cell < cells; cell++)
        {
            if (cell % 7 != 6)
            {
                Lab.Noise(40, cell).CopyTo(volume, cell * Cell);
            }
        }

        return new SalvageSample(await Lab.FullAsync(volume), new Dictionary<int, byte[]> { [0] = volume });
    }

    public static ResourceObject Resource(int number, int length) => new()
    {
        ApiVersion = "v1",
        Kind = "ConfigMap",
        Name = $"config-{number}",
        Namespace = "shop",
        Content = Lab.Noise(length, 100 + number),
    };

    public static Task<SalvageReport> ScanAsync(byte[] bundle) =>
        BundleSalvager.ScanAsync(new MemoryByteSource(bundle), new BundleReaderOptions { Workers = 1 });

    /// <summary>Compares a report with the model.</summary>
    public static void MustEqual(IReadOnlyDictionary<int, ModelStream> model, SalvageReport report, string when, Func<int, bool>? isProven = null)
    {
        if (!model.Keys.SequenceEqual(report.Streams.Select(s => s.Number)))
        {
            Assert.Fail($"{when}: streams {string.Join(", ", report.Streams.Select(s => s.Number))}, expected {string.Join(", ", model.Keys)}");
        }

        foreach (SalvagedStream stream in report.Streams)
        {
            ModelStream expected = model[stream.Number];
            IReadOnlyList<SalvageRange> ranges = expected.Ranges(isProven?.Invoke(stream.Number) ?? expected.IsProven);
            if (expected.VirtualLength != stream.VirtualLength || !ranges.SequenceEqual(stream.GetRanges()))
            {
                Assert.Fail($"{when}: stream {stream.Number} of {stream.VirtualLength} bytes is\n{Text(stream.GetRanges())}\nexpected {expected.VirtualLength} bytes\n{Text(ranges)}");
            }
        }
    }

    /// <summary>Reads all that is verified or present and compares it with the original.</summary>
    public static async Task MustBeTrueAsync(SalvageReport report, IReadOnlyDictionary<int, byte[]> original, string when)
    {
        foreach (SalvagedStream stream in report.Streams.Where(s => original.ContainsKey(s.Number)))
        {
            await using SalvagedContent content = BundleSalvager.OpenStream(report, stream);
            foreach (SalvageRange range in stream.GetRanges().Where(r => r.State is SalvageState.Verified or SalvageState.Present))
            {
                var bytes = new byte[range.Range.Length];
                await content.ReadAsync(range.Range.Offset, bytes);
                if (!bytes.AsSpan().SequenceEqual(original[stream.Number].AsSpan((int)range.Range.Offset, bytes.Length)))
                {
                    Assert.Fail($"{when}: stream {stream.Number} at {range.Range} is called {range.State} and is not what was backed up");
                }

                Assert.True(!range.IsZero || !bytes.AsSpan().ContainsAnyExcept((byte)0), when);
            }
        }
    }

    private static string Text(IEnumerable<SalvageRange> ranges) =>
        string.Join('\n', ranges.Select(r => $"  {r.Range.Offset}+{r.Range.Length} {r.State}{(r.IsZero ? " zero" : "")}"));
}
