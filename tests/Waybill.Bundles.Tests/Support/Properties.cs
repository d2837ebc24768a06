using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Waybill.Bundles.Tests.Support;

/// <summary>
/// Runs asynchronous properties. A failure names the smallest counterexample found and the seed; WAYBILL_PROPERTY_REPLAY=seed,gamma
/// runs that one again, WAYBILL_PROPERTY_RUNS=n runs n cases of each property.
/// </summary>
internal static class Properties
{
    public static Task CheckAsync<T>(Arbitrary<T> inputs, int runs, Func<T, Task> property)
    {
        Config config = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(Runs(runs)).WithReplay(Replay());

        // FsCheck calls properties synchronously; a thread of the pool may block without holding up the other tests.
        return Task.Run(() => Check.One(config, Prop.ForAll(inputs, input => property(input).GetAwaiter().GetResult())));
    }

    private static int Runs(int runs) =>
        Environment.GetEnvironmentVariable("WAYBILL_PROPERTY_RUNS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : runs;

    private static FSharpOption<Replay> Replay()
    {
        if (Environment.GetEnvironmentVariable("WAYBILL_PROPERTY_REPLAY") is not { Length: > 0 } text)
        {
            return FSharpOption<Replay>.None;
        }

        ulong[] numbers = [.. text.Trim('(', ')').Split(',').Take(2).Select(part => ulong.Parse(part, CultureInfo.InvariantCulture))];
        return new Replay(new Rnd(numbers[0], numbers[1]), FSharpOption<int>.None);
    }
}
