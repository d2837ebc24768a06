namespace Waybill.CsiModel;

/// <summary>What the streams of a driver share.</summary>
internal sealed class StreamState
{
    private int _running;

    /// <summary>Gets how many streams run.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Gets or sets whether the driver can answer no more.</summary>
    public bool IsUnusable { get; set; }

    public void Enter() => Interlocked.Increment(ref _running);

    public void Leave() => Interlocked.Decrement(ref _running);
}
