using System.Collections.Concurrent;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>What goes wrong in a <see cref="ScriptedProvider"/>, and when.</summary>
public sealed class FaultScript
{
    private readonly Lock _gate = new();
    private readonly List<PlannedFailure> _failures = [];
    private readonly Dictionary<ScriptedCall, int> _counts = [];
    private readonly ConcurrentQueue<DiffResult> _answers = new();
    private readonly string _provider;

    internal FaultScript(string provider) => _provider = provider;

    /// <summary>
    /// Gets or sets what runs before each call does anything; a test may wait in it, or throw. <see langword="null"/> for nothing.
    /// </summary>
    public Func<ScriptedCall, CancellationToken, ValueTask>? BeforeCall { get; set; }

    /// <summary>Counts the calls so far, those that failed included.</summary>
    /// <param name="call">Which calls.</param>
    /// <returns>How many there were.</returns>
    public int CountOf(ScriptedCall call)
    {
        lock (_gate)
        {
            return _counts.GetValueOrDefault(call);
        }
    }

    /// <summary>Has a later call fail, and with it as many following ones as are asked for.</summary>
    /// <param name="call">Which call.</param>
    /// <param name="nth">The first one to fail: 1 is the next.</param>
    /// <param name="transient">Whether the error says that the same call may succeed later.</param>
    /// <param name="count">How many fail in a row.</param>
    /// <param name="code">What the error is.</param>
    public void Fail(ScriptedCall call, int nth = 1, bool transient = false, int count = 1, WaybillErrorCode code = WaybillErrorCode.ProviderFailed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        lock (_gate)
        {
            int first = _counts.GetValueOrDefault(call) + nth;
            _failures.Add(new PlannedFailure(call, first, first + count, transient, code));
        }
    }

    /// <summary>Has the next question what changed be answered with this instead of what is true; call it again for the one after.</summary>
    /// <param name="answer">The answer.</param>
    public void AnswerDiff(DiffResult answer) => _answers.Enqueue(answer);

    /// <summary>Forgets all failures and answers that were planned and have not happened.</summary>
    public void Clear()
    {
        _answers.Clear();
        lock (_gate)
        {
            _failures.Clear();
        }
    }

    internal DiffResult? TakeAnswer() => _answers.TryDequeue(out DiffResult? answer) ? answer : null;

    internal async ValueTask EnterAsync(ScriptedCall call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        PlannedFailure? failure;
        lock (_gate)
        {
            int number = _counts[call] = _counts.GetValueOrDefault(call) + 1;
            failure = _failures.Find(planned => planned.Call == call && number >= planned.First && number < planned.End);
        }

        if (BeforeCall is { } before)
        {
            await before(call, cancellationToken).ConfigureAwait(false);
        }

        if (failure is not null)
        {
            throw new ProviderException(failure.Code, _provider, $"The script has this call fail: {call}.") { IsTransient = failure.Transient };
        }
    }

    private sealed record PlannedFailure(ScriptedCall Call, int First, int End, bool Transient, WaybillErrorCode Code);
}
