using System.Globalization;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>What the checks of a quiescer work with. Every lease is released when it is disposed, whatever happened.</summary>
internal sealed class QuiescerScope(IQuiescer quiescer, QuiescerConformanceOptions options) : IAsyncDisposable
{
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private readonly List<string> _ids = [];

    public IQuiescer Quiescer { get; } = quiescer;

    public QuiescerConformanceOptions Options { get; } = options;

    public string NewId()
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{Options.NamePrefix}-{_run}-{_ids.Count + 1}");
        _ids.Add(id);
        return id;
    }

    public ValueTask<QuiesceLease> HoldAsync(string id, CancellationToken cancellationToken, TimeSpan? deadline = null) =>
        Quiescer.QuiesceAsync(new QuiesceRequest(id, deadline ?? Options.Deadline), cancellationToken);

    public Task PassTimeAsync(TimeSpan time, CancellationToken cancellationToken) =>
        Options.PassTime is { } pass ? pass(time, cancellationToken) : Task.Delay(time, TimeProvider.System, cancellationToken);

    /// <summary>Requires that the application is not held: asks it, and holds it once more under the same id.</summary>
    public async Task RequireFreeAsync(string id, CancellationToken cancellationToken)
    {
        Verdicts.Require(Options.IsHeld is null || !await Options.IsHeld(cancellationToken).ConfigureAwait(false), "The application is still held.");
        QuiesceLease again = await HoldAsync(id, cancellationToken).ConfigureAwait(false);
        await using (again.ConfigureAwait(false))
        {
            await again.ThawAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string id in _ids)
        {
            try
            {
                await Quiescer.ReleaseAsync(id, CancellationToken.None).ConfigureAwait(false);
            }
            catch (WaybillException)
            {
                // What cannot be released has its deadline; the checks have said already what is wrong.
            }
        }
    }
}
