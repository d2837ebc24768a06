using Waybill.Providers;

namespace Waybill.Testing.Tests;

public sealed class ScriptedProviderConformanceTests
{
    public static TheoryData<ChangeShape, ChangeExactness> Platforms()
    {
        TheoryData<ChangeShape, ChangeExactness> data = [];
        foreach (ChangeShape shape in Enum.GetValues<ChangeShape>())
        {
            foreach (ChangeExactness exactness in (ReadOnlySpan<ChangeExactness>)[ChangeExactness.Exact, ChangeExactness.Superset, ChangeExactness.Coarse])
            {
                data.Add(shape, exactness);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Platforms))]
    public async Task RunAsync_EveryShapeAndExactness_Passes(ChangeShape shape, ChangeExactness exactness)
    {
        ScriptedProvider provider = new(new ScriptedProviderOptions { Shape = shape, Exactness = exactness });

        ConformanceReport report = await ProviderConformance.RunAsync(provider, Kit.OptionsFor(provider));

        report.ThrowIfFailed();
        Assert.All(
            report.Checks.Where(check => check.Id.StartsWith("trees.", StringComparison.Ordinal) || check.Id.StartsWith("files.", StringComparison.Ordinal)),
            check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
        Assert.Equal(shape == ChangeShape.None, Outcome(report, "changes.complete") == ConformanceOutcome.NotApplicable);
        Assert.Empty(await provider.ListVolumesAsync().ToArrayAsync());
        Assert.Empty(await provider.ListSnapshotsAsync().ToArrayAsync());
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public async Task RunAsync_EveryVariant_Passes(string name, ScriptedProviderOptions options)
    {
        ConformanceReport report = await ProviderConformance.RunAsync(new ScriptedProvider(options with { Name = name }), Kit.Options);

        report.ThrowIfFailed();
    }

    public static TheoryData<string, ScriptedProviderOptions> Variants() => new()
    {
        { "ranges of any size", new ScriptedProviderOptions { Granularity = 0 } },
        { "large units", new ScriptedProviderOptions { Granularity = 512 * 1024, Shape = ChangeShape.ListAndToken, MaxRangeLength = 512 * 1024 } },
        { "units that do not divide the volume", new ScriptedProviderOptions { Granularity = 12_288 } },
        { "snapshot ids", new ScriptedProviderOptions { ChangeIdKind = ChangeIdKind.Snapshot, BaseMustExist = true } },
        { "latest base only", new ScriptedProviderOptions { AnyBase = false, Shape = ChangeShape.MapAndRead, ChangeIdKind = ChangeIdKind.Checkpoint } },
        { "no zeros", new ScriptedProviderOptions { ReportsZeros = false, Shape = ChangeShape.Stream } },
        { "no allocated list", new ScriptedProviderOptions { ReportsAllocated = false, BaseMustExist = true } },
        { "no groups", new ScriptedProviderOptions { Groups = GroupConsistency.None } },
        { "lists that begin where asked", new ScriptedProviderOptions { ClipsAtStart = true } },
        { "one range a page", new ScriptedProviderOptions { PageSize = 1, MaxRangeLength = 8192 } },
        { "one read at a time", new ScriptedProviderOptions { MaxConcurrentReads = 1 } },
        { "small pieces", new ScriptedProviderOptions { Shape = ChangeShape.Push, ChunkLength = 4096 } },
    };

    private static ConformanceOutcome Outcome(ConformanceReport report, string id) => report.Checks.Single(check => check.Id == id).Outcome;
}
