using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>A fault at every single call the writer makes to the outside. However it ends, what is left never passes for a backup that it is not.</summary>
public sealed class WriterFaultTests
{
    private const int IoError = 5;
    private const string Marker = "injected by WriterFaultTests";

    [Theory, Spec("F-02"), Spec("T-03")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IoErrorAtAnyCall_IsReportedAndLeavesNothingComplete(bool incremental)
    {
        FaultScenario scenario = await FaultScenario.CreateAsync(incremental);
        int calls = await CountCallsAsync(scenario);
        using var unobserved = new UnobservedExceptions(Marker);
        for (int at = 1; at <= calls; at++)
        {
            FaultPlan plan = FaultPlan.Throw(at, () => new IOException(Marker, IoError));
            FaultOutcome outcome = await scenario.RunAsync(plan);

            WaybillErrorCode expected = plan.Where is "write" or "flush" or "dispose" ? WaybillErrorCode.TargetWriteFailed : WaybillErrorCode.SourceReadFailed;
            Assert.True(outcome.Failure is not null, $"the error at call {at} ({plan.Where}) was swallowed");
            WaybillException failure = Assert.IsAssignableFrom<WaybillException>(outcome.Failure);
            Assert.Equal(expected, failure.Code);
            if (plan.Where == "parent")
            {
                // Whoever has several bundles and a volume at hand must learn which of them it was.
                Assert.Equal("faulty.waybill", failure.ObjectName);
            }

            bool whole = await scenario.IsWholeAsync(outcome.Bytes);
            Assert.True(!whole || plan.Where is "flush" or "dispose", $"call {at} ({plan.Where}) failed but the bundle is whole");
            plan.AssertQuietSinceClose();
        }

        unobserved.AssertNone();
    }

    [Theory, Spec("F-02")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CancelledAtAnyCall_EndsWithCancellationOrWithAWholeBundle(bool incremental)
    {
        FaultScenario scenario = await FaultScenario.CreateAsync(incremental);
        int calls = await CountCallsAsync(scenario);
        using var unobserved = new UnobservedExceptions("cancel");
        int cancelled = 0;
        for (int at = 1; at <= calls; at++)
        {
            using var cancellation = new CancellationTokenSource();
            var plan = new FaultPlan(at, cancellation.Cancel);
            FaultOutcome outcome = await scenario.RunAsync(plan, cancellation.Token);

            bool whole = await scenario.IsWholeAsync(outcome.Bytes);
            if (outcome.Failure is null)
            {
                Assert.True(whole, $"cancelled at call {at} ({plan.Where}) without saying so");
            }
            else
            {
                Assert.IsAssignableFrom<OperationCanceledException>(outcome.Failure);
                Assert.False(whole, $"cancelled at call {at} ({plan.Where}), but the bundle is whole");
                cancelled++;
            }

            plan.AssertQuietSinceClose();
        }

        // Only the trailer and what follows it are past the point of no return.
        Assert.InRange(cancelled, calls - 4, calls);
        unobserved.AssertNone();
    }

    [Fact]
    public async Task AnyOtherExceptionOfTheSource_ReachesTheCallerAsItIs()
    {
        FaultScenario scenario = await FaultScenario.CreateAsync(false);
        int calls = await CountCallsAsync(scenario);
        for (int at = 1; at <= calls; at++)
        {
            FaultPlan plan = FaultPlan.Throw(at, () => new NotSupportedException(Marker));
            FaultOutcome outcome = await scenario.RunAsync(plan);
            if (plan.Where != "dispose")
            {
                Assert.Equal(Marker, Assert.IsType<NotSupportedException>(outcome.Failure).Message);
            }
        }
    }

    private static async Task<int> CountCallsAsync(FaultScenario scenario)
    {
        FaultPlan plan = FaultPlan.None;
        FaultOutcome outcome = await scenario.RunAsync(plan);
        Assert.Null(outcome.Failure);
        Assert.True(await scenario.IsWholeAsync(outcome.Bytes));
        Assert.InRange(plan.Calls, 25, 80);
        return plan.Calls;
    }

    /// <summary>Exceptions of tasks that nobody asked for.</summary>
    private sealed class UnobservedExceptions : IDisposable
    {
        private readonly string _marker;
        private readonly System.Collections.Concurrent.ConcurrentQueue<Exception> _found = new();

        public UnobservedExceptions(string marker)
        {
            _marker = marker;
            TaskScheduler.UnobservedTaskException += Note;
        }

        public void AssertNone()
        {
            // An exception counts as unobserved when its task is collected.
            for (int i = 0; i < 2; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            Assert.Empty(_found);
        }

        public void Dispose() => TaskScheduler.UnobservedTaskException -= Note;

        private void Note(object? sender, UnobservedTaskExceptionEventArgs e)
        {
            if (e.Exception.ToString().Contains(_marker, StringComparison.OrdinalIgnoreCase))
            {
                _found.Enqueue(e.Exception);
            }
        }
    }
}
