namespace Waybill.Samples.SimulatedArray;

/// <summary>Which requests go wrong, written down before they are made.</summary>
public sealed class FaultPlan
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ArrayOperation, int> _counts = [];
    private readonly List<(ArrayOperation Operation, int First, int End, ArrayFault Fault)> _planned = [];

    /// <summary>Counts the requests of a kind so far, those included that went wrong or were turned away.</summary>
    /// <param name="operation">The kind.</param>
    /// <returns>How many there were.</returns>
    public int CountOf(ArrayOperation operation)
    {
        lock (_gate)
        {
            return _counts.GetValueOrDefault(operation);
        }
    }

    /// <summary>Has later requests go wrong.</summary>
    /// <param name="operation">Their kind.</param>
    /// <param name="fault">What goes wrong.</param>
    /// <param name="nth">The first one: 1 is the next.</param>
    /// <param name="count">How many in a row.</param>
    public void Add(ArrayOperation operation, ArrayFault fault, int nth = 1, int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        lock (_gate)
        {
            int first = _counts.GetValueOrDefault(operation) + nth;
            _planned.Add((operation, first, first + count, fault));
        }
    }

    internal ArrayFault? Take(ArrayOperation operation)
    {
        lock (_gate)
        {
            int number = _counts[operation] = _counts.GetValueOrDefault(operation) + 1;
            int index = _planned.FindIndex(p => p.Operation == operation && number >= p.First && number < p.End);
            return index < 0 ? null : _planned[index].Fault;
        }
    }
}
