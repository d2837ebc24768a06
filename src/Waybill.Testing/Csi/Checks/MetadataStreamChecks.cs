using Grpc.Core;
using Waybill.Csi.Wire;

namespace Waybill.Testing;

/// <summary>Streams of metadata: what holds within one, and between one and another that begins elsewhere, is cut, or runs beside it.</summary>
internal static class MetadataStreamChecks
{
    private const int MaxResumePoints = 1000;
    private const int RandomResumePoints = 20;

    // From long before an answer can be there to where most are complete.
    private static readonly string[] s_deadlines = ["1n", "50u", "200u", "500u", "1m", "2m", "5m", "10m", "25m", "250m", "2S"];

    private static readonly int[] s_maxResults = [1, 2, 7];

    public static IReadOnlyList<CsiCheck> All { get; } = [.. For("allocated", AllocatedAsync), .. For("delta", DeltaAsync)];

    /// <summary>Asks for changes; a driver that does not track any has nothing to show.</summary>
    public static async Task<MetadataAnswer> AskTrackedAsync(CsiScope scope, MetadataQuestion question, CancellationToken token)
    {
        try
        {
            return await question.AskAsync(scope, token).ConfigureAwait(false);
        }
        catch (RpcException untracked) when (question.Base is not null && untracked.StatusCode == StatusCode.FailedPrecondition)
        {
            throw new CheckSkippedException($"Changes are not tracked: {CsiStatus.Describe(untracked)}");
        }
        catch (RpcException failure)
        {
            throw new CheckFailedException($"The stream ended with {CsiStatus.Describe(failure)}.");
        }
    }

    private static IEnumerable<CsiCheck> For(string kind, Func<CsiScope, CancellationToken, Task<MetadataQuestion>> ask)
    {
        yield return Rule("type", "The type of ranges MUST be a known one and the same in all messages of a stream.", answer =>
        {
            Verdicts.Require(answer.Messages.All(one => one.Type is BlockMetadataType.FixedLength or BlockMetadataType.VariableLength), "A message has no type.");
            Verdicts.Require(answer.Messages.Select(one => one.Type).Distinct().Count() <= 1, "The type changed from one message to the next.");
        });
        yield return Rule("fixed-length", "Ranges of a stream of fixed length MUST all have one size, but for the end of the volume.", answer =>
        {
            CsiSession.Require(answer.Messages.Count > 0 && answer.Messages[0].Type == BlockMetadataType.FixedLength, "The stream is of variable length.");
            long size = answer.Ranges.Count > 0 ? answer.Ranges[0].Size : 0;
            BlockRange[] others = [.. answer.Ranges.Where(range => range.Size != size && range.End != answer.Capacity)];
            Verdicts.Require(others.Length == 0, $"The first range has {size} bytes, {others.FirstOrDefault()} has {others.FirstOrDefault().Size}.");
        });
        yield return Rule("capacity", "The capacity MUST be positive and the same in all messages of a stream.", answer =>
        {
            Verdicts.Require(answer.Messages.All(one => one.Capacity > 0), "A message has no capacity.");
            Verdicts.Require(answer.Messages.Select(one => one.Capacity).Distinct().Count() <= 1, "The capacity changed from one message to the next.");
        });
        yield return Rule("sizes", "Every range MUST have a positive size.", answer =>
            RequireNone(answer.Ranges.Where(range => range.Size <= 0), "has no positive size"));
        yield return Rule("inside", "Every range MUST lie inside the volume.", answer =>
            RequireNone(answer.Ranges.Where(range => range.Offset < 0 || range.End > answer.Capacity), $"lies outside {answer.Capacity} bytes"));
        yield return Rule("ascending", "Ranges MUST ascend, also from one message to the next.", answer =>
            RequireNone(answer.Ranges.Zip(answer.Ranges.Skip(1)).Where(pair => pair.Second.Offset <= pair.First.Offset).Select(pair => pair.Second), "begins before the one that came before it"));
        yield return Rule("disjoint", "Ranges MUST NOT overlap, also not from one message to the next.", answer =>
        {
            BlockRange[] sorted = [.. answer.Ranges.OrderBy(range => range.Offset)];
            RequireNone(sorted.Zip(sorted.Skip(1)).Where(pair => pair.First.End > pair.Second.Offset).Select(pair => pair.Second), "overlaps another one");
        });
        yield return new CsiCheck($"csi.metadata.{kind}.max-results", "A message MUST NOT hold more ranges than asked for, and how many changes nothing else.", (scope, token) => MaxResultsAsync(scope, ask, token));
        yield return new CsiCheck($"csi.metadata.{kind}.offset", "No range may end at or before the offset that a stream begins from.", (scope, token) => OffsetAsync(scope, ask, token));
        yield return new CsiCheck(
            $"csi.metadata.{kind}.resume", "A stream that begins from any offset MUST cover what the whole one covers behind it.", (scope, token) => ResumeAsync(scope, ask, token));
        yield return new CsiCheck($"csi.metadata.{kind}.at-end", "A stream that begins at the end of the volume MUST be empty or refused with OUT_OF_RANGE.", (scope, token) => AtEndAsync(scope, ask, token));
        yield return new CsiCheck($"csi.metadata.{kind}.again", "The same question MUST have the same answer, also many times at once.", (scope, token) => ConcurrentAsync(scope, ask, token));
        yield return new CsiCheck($"csi.metadata.{kind}.cut", "A stream that the driver cuts short MUST end with an error: a clean end says that it is complete.", (scope, token) => CutAsync(scope, ask, token));
        yield return new CsiCheck($"csi.metadata.{kind}.cancelled", "After calls were cancelled in the middle the driver MUST answer as before.", (scope, token) => CancelledAsync(scope, ask, token));

        CsiCheck Rule(string name, string text, Action<MetadataAnswer> check) => new(
            $"csi.metadata.{kind}.{name}",
            text,
            async (scope, token) =>
            {
                MetadataQuestion question = await ask(scope, token).ConfigureAwait(false);
                MetadataAnswer whole = await AskTrackedAsync(scope, question, token).ConfigureAwait(false);
                Verdicts.Require(whole.Ranges.Count > 0, "Nothing is listed although the volume was written to.");
                check(whole);
                check(await question.AskAsync(scope, token, 0, 1).ConfigureAwait(false));
                BlockRange middle = whole.Ranges[whole.Ranges.Count / 2];
                check(await question.AskAsync(scope, token, Math.Max(0, middle.Offset), 2).ConfigureAwait(false));
            });
    }

    private static async Task<MetadataQuestion> AllocatedAsync(CsiScope scope, CancellationToken token)
    {
        MetadataHistory history = await scope.Session.HistoryAsync(token).ConfigureAwait(false);
        return MetadataQuestion.Allocated(history.Rewritten);
    }

    private static async Task<MetadataQuestion> DeltaAsync(CsiScope scope, CancellationToken token)
    {
        MetadataHistory history = await scope.Session.HistoryAsync(token).ConfigureAwait(false);
        return MetadataQuestion.Delta(history.First, history.Rewritten);
    }

    private static async Task MaxResultsAsync(CsiScope scope, Func<CsiScope, CancellationToken, Task<MetadataQuestion>> ask, CancellationToken token)
    {
        (MetadataQuestion question, MetadataAnswer whole) = await AskWholeAsync(scope, ask, token).ConfigureAwait(false);
        foreach (int most in s_maxResults)
        {
            MetadataAnswer answer = await question.AskAsync(scope, token, 0, most).ConfigureAwait(false);
            int largest = answer.Messages.Max(one => one.Ranges.Count);
            Verdicts.Require(largest <= most, $"At most {most} were asked for, a message holds {largest}.");
            RequireSame(whole, answer, 0, $"With at most {most} results");
        }
    }

    private static async Task OffsetAsync(CsiScope scope, Func<CsiScope, CancellationToken, Task<MetadataQuestion>> ask, CancellationToken token)
    {
        (MetadataQuestion question, MetadataAnswer whole) = await AskWholeAsync(scope, ask, token).ConfigureAwait(false);
        foreach (long offset in ResumePoints(scope, whole))
        {
            MetadataAnswer answer = await question.AskAsync(scope, token, offset).ConfigureAwait(false);
            RequireNone(answer.Ranges.Where(range => range.End <= offset), $"ends before the offset {offset} that was asked from");
        }
    }

    private static async Task ResumeAsync(CsiScope scope, Func<CsiScope, CancellationToken, Task<MetadataQuestion>> ask, CancellationToken token)
    {
        (MetadataQuestion question, MetadataAnswer whole) = await AskWholeAsync(scope, ask, token).ConfigureAwait(false);
        foreach (long offset in ResumePoints(scope, whole))
        {
            RequireSame(whole, await question.AskAsync(scope, token, offset).ConfigureAwait(false), offset, $"From offset {offset} on");
        }
    }

    private static async Task AtEndAsync(CsiScope scope, Func<CsiScope, CancellationToken, Task<MetadataQuestion>> ask, CancellationToken token)
    {
        (MetadataQuestion question, MetadataAnswer whole) = await AskWholeAsync(scope, ask, token).ConfigureAwait(false);
        try
        {
            MetadataAnswer answer = await question.AskAsync(scope, token, whole.Capacity).ConfigureAwait(false);
            RequireNone(answer.Ranges, "is listed behind the end");
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.OutOfRange)
        {
        }
    }

    private static async Task ConcurrentAsync(CsiScope scope, Func<CsiScope, CancellationToken, Task<MetadataQuestion>> ask, CancellationToken token)
    {
        (MetadataQuestion question, MetadataAnswer whole) = await AskWholeAsync(scope, ask, token).ConfigureAwait(false);
        MetadataAnswer[] answers = await Task.WhenAll(
            Enumerable.Range(0, scope.Options.Concurrency * 2).Select(i => question.AskAsync(scope, token, 0, i % 2))).ConfigureAwait(false);
        foreach (MetadataAnswer answer in answers)
        {
            RequireSame(whole, answer, 0, "At the same time as others");
        }
    }

    // The driver alone is told of the deadline. A client that kept it too would make an error of its own of whatever the driver says.
    private static async Task CutAsync(CsiScope scope, Func<CsiScope, CancellationToken, Task<MetadataQuestion>> ask, CancellationToken token)
    {
        (MetadataQuestion question, MetadataAnswer whole) = await AskWholeAsync(scope, ask, token).ConfigureAwait(false);
        foreach (string deadline in s_deadlines)
        {
            try
            {
                MetadataAnswer answer = await question.AskAsync(scope, token, 0, 1, deadline).ConfigureAwait(false);
                RequireSame(whole, answer, 0, $"With a deadline of {deadline} the stream ended cleanly and");
            }
            catch (RpcException cut) when (!token.IsCancellationRequested)
            {
                Verdicts.Require(
                    cut.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Aborted or StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown,
                    $"With a deadline of {deadline} it ended with {CsiStatus.Describe(cut)}.");
            }
        }
    }

    private static async Task CancelledAsync(CsiScope scope, Func<CsiScope, CancellationToken, Task<MetadataQuestion>> ask, CancellationToken token)
    {
        (MetadataQuestion question, MetadataAnswer whole) = await AskWholeAsync(scope, ask, token).ConfigureAwait(false);
        for (int i = 0; i < scope.Options.Concurrency; i++)
        {
            using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(token);
            try
            {
                await foreach (MetadataMessage message in question.ReadAsync(scope, 0, 1, null, enough.Token).ConfigureAwait(false))
                {
                    await enough.CancelAsync().ConfigureAwait(false);
                }
            }
            catch (Exception cancelled) when (cancelled is RpcException or OperationCanceledException)
            {
                token.ThrowIfCancellationRequested();
            }
        }

        MetadataAnswer answer;
        try
        {
            answer = await question.AskAsync(scope, token).ConfigureAwait(false);
        }
        catch (RpcException failure)
        {
            throw new CheckFailedException($"After calls were cancelled the next one ended with {CsiStatus.Describe(failure)}.");
        }

        RequireSame(whole, answer, 0, "After calls were cancelled");
    }

    private static async Task<(MetadataQuestion Question, MetadataAnswer Whole)> AskWholeAsync(
        CsiScope scope, Func<CsiScope, CancellationToken, Task<MetadataQuestion>> ask, CancellationToken token)
    {
        MetadataQuestion question = await ask(scope, token).ConfigureAwait(false);
        MetadataAnswer whole = await AskTrackedAsync(scope, question, token).ConfigureAwait(false);
        Verdicts.Require(whole.Ranges.Count > 0, "Nothing is listed although the volume was written to.");
        return (question, whole);
    }

    // Both ends of every range and their neighbours, the middle of every range, and anywhere.
    private static List<long> ResumePoints(CsiScope scope, MetadataAnswer whole)
    {
        Random random = new(scope.Options.Seed);
        long[] points =
        [
            .. whole.Ranges
                .SelectMany(range => (long[])[range.Offset - 1, range.Offset, range.Offset + 1, range.Offset + (range.Size / 2), range.End - 1, range.End, range.End + 1])
                .Concat(Enumerable.Range(0, RandomResumePoints).Select(_ => random.NextInt64(Math.Max(1, whole.Capacity))))
                .Where(offset => offset >= 0 && offset < whole.Capacity)
                .Distinct(),
        ];
        random.Shuffle(points);
        return [.. points.Take(MaxResumePoints).Order()];
    }

    private static void RequireSame(MetadataAnswer whole, MetadataAnswer answer, long from, string when)
    {
        string? difference = whole.FindDifference(answer, from);
        Verdicts.Require(difference is null, $"{when} something else is covered than by the whole stream: {difference}.");
    }

    private static void RequireNone(IEnumerable<BlockRange> ranges, string what)
    {
        foreach (BlockRange range in ranges)
        {
            throw new CheckFailedException($"{range} {what}.");
        }
    }
}
