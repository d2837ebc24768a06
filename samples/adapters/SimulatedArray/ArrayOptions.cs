namespace Waybill.Samples.SimulatedArray;

/// <summary>What kind of array is simulated.</summary>
public sealed record ArrayOptions
{
    /// <summary>Gets the name of the provider.</summary>
    public string Name { get; init; } = "array";

    /// <summary>Gets how many write records the journal of a volume holds; the oldest are overwritten.</summary>
    public int JournalCapacity { get; init; } = 4096;

    /// <summary>Gets how long each request takes.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Gets how many requests the array takes in a window; 0 for no limit.</summary>
    public int RequestLimit { get; init; }

    /// <summary>Gets the window that <see cref="RequestLimit"/> is counted in.</summary>
    public TimeSpan RequestWindow { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets how long the adapter tries again while the array is busy, before it hands that on.</summary>
    public TimeSpan BusyPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets how long the tokens of a list of changes open content.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets how many ranges one page of a list holds.</summary>
    public int PageLength { get; init; } = 100;

    /// <summary>Gets the clock that latency, throttling and tokens go by.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
