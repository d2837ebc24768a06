using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>A step of the ladder that was chosen for a volume, with what it needs.</summary>
internal sealed class VolumeCopyPlan(RunVolume volume, VolumePlan plan) : IAsyncDisposable
{
    public RunVolume Volume => volume;

    public VolumePlan Plan => plan;

    /// <summary>Gets the changes, for <see cref="CopyStep.Delta"/>.</summary>
    public Delta? Delta { get; init; }

    /// <summary>Gets the ranges to read: those that changed, if the platform lists them, or those that are allocated.</summary>
    public RangeCollector? Ranges { get; init; }

    /// <summary>Gets the platform's name of what the changes were computed from.</summary>
    public string Base { get; init; } = "";

    public ValueTask DisposeAsync() => Delta?.DisposeAsync() ?? ValueTask.CompletedTask;
}
