namespace Waybill.Testing;

/// <summary>Holds a call back until another one like it runs too, or none comes, so that what goes wrong between the two surely does.</summary>
/// <param name="longest">How long a call is held back beyond a few turns of the scheduler: rare calls can afford it, and a busy machine needs it.</param>
internal sealed class Meeting(TimeSpan longest = default)
{
    private const int Patience = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _running = [];

    /// <summary>Enters; the number is how many were there before.</summary>
    public async ValueTask<int> EnterAsync(string what)
    {
        int before;
        lock (_gate)
        {
            before = _running.GetValueOrDefault(what);
            _running[what] = before + 1;
        }

        for (int i = 0; i < Patience && CountOf(what) < 2; i++)
        {
            await Task.Yield();
        }

        long start = TimeProvider.System.GetTimestamp();
        while (CountOf(what) < 2 && TimeProvider.System.GetElapsedTime(start) < longest)
        {
            await Task.Delay(1).ConfigureAwait(false);
        }

        return before;
    }

    public void Leave(string what)
    {
        lock (_gate)
        {
            _running[what]--;
        }
    }

    private int CountOf(string what)
    {
        lock (_gate)
        {
            return _running[what];
        }
    }
}
