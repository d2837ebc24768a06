namespace Waybill.Bundles.Tests.Writing;

/// <summary>Counts the calls that the writer makes to the outside, and does something at one of them.</summary>
/// <param name="at">The number of that call, from 1; 0 for none.</param>
/// <param name="fault">What happens then.</param>
internal sealed class FaultPlan(int at, Action? fault)
{
    private int _calls;
    private int _inside;
    private int _late;
    private volatile bool _closed;

    public static FaultPlan None => new(0, null);

    public int Calls => _calls;

    /// <summary>Gets where the fault happened.</summary>
    public string Where { get; private set; } = "nowhere";

    public static FaultPlan Throw(int at, Func<Exception> make) => new(at, () => throw make());

    /// <summary>Announces a call. The result is disposed when the call ends.</summary>
    public IDisposable Enter(string where)
    {
        if (_closed)
        {
            Interlocked.Increment(ref _late);
        }

        Interlocked.Increment(ref _inside);
        var call = new Call(this);
        try
        {
            if (Interlocked.Increment(ref _calls) == at)
            {
                Where = where;
                fault!();
            }

            return call;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    /// <summary>After this no call may come or still run: the writer said that it is done.</summary>
    public void Close()
    {
        _closed = true;
        Assert.Equal(0, Volatile.Read(ref _inside));
    }

    public void AssertQuietSinceClose() => Assert.Equal(0, Volatile.Read(ref _late));

    private sealed class Call(FaultPlan plan) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref plan._inside);
    }
}
