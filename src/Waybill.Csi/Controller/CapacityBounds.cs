using Waybill.Csi.Wire;

namespace Waybill.Csi;

/// <summary>The sizes that a caller takes, and the one that is chosen of them.</summary>
internal readonly record struct CapacityBounds
{
    private readonly int _unit;
    private readonly long _max;

    public CapacityBounds(CapacityRange? range, CsiPlugin plugin)
    {
        Required = range?.RequiredBytes ?? 0;
        Limit = range?.LimitBytes ?? 0;
        _unit = plugin.VolumeUnit;
        _max = plugin.MaxVolumeLength;
        if (Required < 0 || Limit < 0)
        {
            throw CallError.Invalid("capacity_range has a negative size.");
        }

        if (Limit > 0 && Required > Limit)
        {
            throw CallError.OutOfRange($"capacity_range asks for at least {Required} and at most {Limit} bytes.");
        }
    }

    /// <summary>Gets the smallest size in bytes; 0 if there is none.</summary>
    public long Required { get; }

    /// <summary>Gets the largest size in bytes; 0 if there is none.</summary>
    public long Limit { get; }

    public bool IsOpen => Required == 0 && Limit == 0;

    /// <summary>Says whether a size is one of those.</summary>
    public bool Contains(long length) => length >= Required && (Limit == 0 || length <= Limit);

    /// <summary>Chooses the smallest allowed size that is at least as large as asked for and as the least that will do.</summary>
    /// <param name="fallback">What is preferred if no smallest size was asked for.</param>
    /// <param name="least">The least that will do, such as the size of the source.</param>
    public long Choose(long fallback, long least)
    {
        long wanted = Math.Max(least, Required > 0 ? Required : Limit > 0 ? Math.Min(fallback, Limit) : fallback);
        if (wanted > _max)
        {
            throw CallError.OutOfRange($"A volume has at most {_max} bytes here, not {wanted}.");
        }

        long rest = wanted % _unit;
        long chosen = rest == 0 ? wanted : wanted - rest + _unit;
        if (Limit > 0 && chosen > Limit && Required == 0 && wanted == Limit && chosen - _unit >= Math.Max(least, 1))
        {
            // Nobody asked for the limit itself: the unit below it will do.
            chosen -= _unit;
        }

        return Limit > 0 && chosen > Limit
            ? throw CallError.OutOfRange($"The smallest volume that will do has {chosen} bytes, and at most {Limit} are allowed.")
            : chosen;
    }
}
