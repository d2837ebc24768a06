using Waybill.CsiDriver.Tests.Support;
using Xunit.Abstractions;

namespace Waybill.CsiDriver.Tests;

public sealed class RandomUseTests(ITestOutputHelper output)
{
    private const int Steps = 1000;

    [SkippableTheory]
    [InlineData("xfs", 20261128)]
    public async Task AThousandRandomSteps_WithTheDriverKilledInTheMiddleOfSome_LeaveNothingAndLoseNothing(string poolFileSystem, int seed)
    {
        await using DriverLab lab = await DriverLab.CreateAsync(poolFileSystem, gibibytes: 24);
        var use = new RandomUse(lab, seed);
        int step = 0;
        try
        {
            for (; step < Steps; step++)
            {
                await use.StepAsync();
            }

            await use.EndAsync();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Step {step} with seed {seed}: {e.Message}", e);
        }

        output.WriteLine($"{use.Crashes} kills; {string.Join(", ", use.Steps.Select(kind => $"{kind.Value} × {kind.Key}"))}");
        Assert.True(use.Crashes > 30);
        lab.AssertNothingLeft();
    }
}
