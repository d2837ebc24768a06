namespace Waybill.Samples.SimulatedArray;

/// <summary>A write, as the journal remembers it: where, not what.</summary>
/// <param name="Sequence">The number of the write, counted over all volumes of the array.</param>
/// <param name="FirstUnit">The first unit it touched.</param>
/// <param name="LastUnit">The last unit it touched.</param>
internal readonly record struct WriteRecord(long Sequence, long FirstUnit, long LastUnit);
