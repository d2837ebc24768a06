using Waybill.Bundles.Tests.Support;
using Waybill.Bundles.Tests.Vectors;
using Waybill.Fuzz;

namespace Waybill.Bundles.Tests.Fuzzing;

/// <summary>A bounded run of what <c>build/fuzz</c> does for longer.</summary>
[Collection(MeasuredAlone.Name)]
public sealed class FuzzTests
{
    private const int Cases = 400;

    [Theory]
    [Spec("L-01")]
    [InlineData(1)]
    [InlineData(20_261_122)]
    public async Task Mutants_GetTypedErrors_WithinMemoryAndTime(int seed)
    {
        VectorDocument[] vectors = [.. new[] { "v1", "broken" }.SelectMany(folder => VectorDocument.Names(folder).Select(name => VectorDocument.Load(folder, name)))];
        byte[][] seeds = [.. vectors.Select(v => v.Bundle).Where(b => b.Length is > 0 and < 1_000_000)];

        // A passphrase costs a second for each mutant that is still meant for it.
        BundleKey[] keys = [.. vectors.SelectMany(v => v.Keys).Where(k => k.Type != "passphrase").Distinct().Select(VectorDocument.ToKey)];
        var session = new FuzzSession(seeds, seed, keys);
        for (int i = 0; i < Cases; i++)
        {
            (byte[] Mutant, string Problem)? finding = await session.TryOneAsync(CancellationToken.None);
            Assert.True(finding is null, $"case {i} of seed {seed}: {finding?.Problem}");
        }
    }

    [Fact]
    public async Task ProcessorLimit_ForWorkWithoutAnEnd_EndsIt()
    {
        await using var limit = new ProcessorLimit(TimeSpan.FromMilliseconds(200), CancellationToken.None);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        while (!limit.Token.IsCancellationRequested)
        {
        }

        Assert.True(Environment.CpuUsage.TotalTime - before >= TimeSpan.FromMilliseconds(100), "ended before anything was computed");
    }
}
