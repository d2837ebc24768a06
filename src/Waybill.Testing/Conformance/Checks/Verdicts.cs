using System.Diagnostics.CodeAnalysis;

namespace Waybill.Testing;

/// <summary>Collects what the checks of one scenario found.</summary>
internal sealed class Verdicts(IReadOnlyList<Obligation> obligations)
{
    // More evidence of the same kind helps nobody.
    private const int MaxDetails = 3;

    private readonly Dictionary<string, Verdict> _verdicts = obligations.ToDictionary(obligation => obligation.Id, _ => new Verdict());

    /// <summary>Runs a check. What it throws is its verdict, so that the next one can run.</summary>
    public async Task CheckAsync(string id, Func<Task> check, CancellationToken cancellationToken)
    {
        try
        {
            await check().ConfigureAwait(false);
            _verdicts[id].Touched = true;
        }
        catch (CheckSkippedException skipped)
        {
            Skip(id, skipped.Message);
        }
        catch (Exception failure) when (!IsOurs(failure, cancellationToken))
        {
            Fail(id, Describe(failure));
        }
    }

    /// <summary>Records that an obligation was kept once, or broken if there is evidence.</summary>
    public void Record(string id, string? problem = null)
    {
        _verdicts[id].Touched = true;
        if (problem is not null)
        {
            Fail(id, problem);
        }
    }

    public void Fail(string id, string detail)
    {
        Verdict verdict = _verdicts[id];
        verdict.Touched = true;
        if (verdict.Failures.Count < MaxDetails)
        {
            verdict.Failures.Add(detail);
        }
    }

    /// <summary>Records that there was nothing to check this time.</summary>
    public void Skip(string id, string reason) => _verdicts[id].Reason ??= reason;

    /// <summary>Ends everything that was not reached because the scenario itself ended early.</summary>
    public void EndEarly(Exception cause)
    {
        foreach ((string id, Verdict verdict) in _verdicts)
        {
            if (verdict.Touched || verdict.Reason is not null)
            {
                continue;
            }

            if (cause is CheckSkippedException)
            {
                Skip(id, cause.Message);
            }
            else
            {
                Fail(id, $"Could not be checked. {Describe(cause)}");
            }
        }
    }

    public IEnumerable<ConformanceCheck> ToChecks() =>
        obligations.Select(obligation => _verdicts[obligation.Id] switch
        {
            { Failures.Count: > 0 } failed => new ConformanceCheck(obligation.Id, obligation.Text, ConformanceOutcome.Failed, string.Join(" ", failed.Failures)),
            { Touched: true } => new ConformanceCheck(obligation.Id, obligation.Text, ConformanceOutcome.Passed, ""),
            { } open => new ConformanceCheck(obligation.Id, obligation.Text, ConformanceOutcome.NotApplicable, open.Reason ?? "Nothing called for it."),
        });

    /// <summary>Fails the check unless it is true.</summary>
    public static void Require([DoesNotReturnIf(false)] bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new CheckFailedException(otherwise);
        }
    }

    /// <summary>Expects a provider's error.</summary>
    public static async Task ExpectAsync(WaybillErrorCode code, Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (WaybillException failure)
        {
            Require(failure.Code == code, $"It failed with {Describe(failure)} instead of {code}.");
            return;
        }

        throw new CheckFailedException($"It succeeded instead of failing with {code}.");
    }

    /// <summary>Expects a call to notice that it is cancelled.</summary>
    public static async Task ExpectCancellationAsync(Func<Task> call)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception failure) when (failure is not CheckFailedException and not CheckSkippedException)
        {
            throw new CheckFailedException($"It was cancelled and failed with {Describe(failure)} instead of OperationCanceledException.");
        }

        throw new CheckFailedException("It was cancelled and ended as if it was complete.");
    }

    public static bool IsOurs(Exception failure, CancellationToken cancellationToken) =>
        failure is OperationCanceledException && cancellationToken.IsCancellationRequested;

    public static string Describe(Exception failure) => failure switch
    {
        CheckFailedException => failure.Message,
        WaybillException known => known.ToDisplayString(),
        Grpc.Core.RpcException call => $"A call ended with {CsiStatus.Describe(call)}.",
        _ => $"{failure.GetType().Name}: {failure.Message}",
    };

    private sealed class Verdict
    {
        public List<string> Failures { get; } = [];

        public bool Touched { get; set; }

        public string? Reason { get; set; }
    }
}
