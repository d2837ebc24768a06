namespace Waybill.Kubernetes;

/// <summary>Writers that wait until a group is taken.</summary>
internal sealed class HeldWriters : IDisposable
{
    private readonly List<IDisposable> _held = [];

    public void Add(IDisposable held) => _held.Add(held);

    public void Dispose() => _held.ForEach(held => held.Dispose());
}
