using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Waybill.Csi;

/// <summary>The traces and metrics of this library, all named <c>Waybill.Csi</c>.</summary>
internal static class CsiTelemetry
{
    public const string Name = "Waybill.Csi";

    private static readonly Meter s_meter = new(Name);

    public static ActivitySource Traces { get; } = new(Name);

    /// <summary>Gets how long calls took, by service, method and status.</summary>
    public static Histogram<double> CallDuration { get; } = s_meter.CreateHistogram<double>("waybill.csi.call.duration", "s", "How long calls took.");

    /// <summary>Gets how many calls run.</summary>
    public static UpDownCounter<long> CallsRunning { get; } = s_meter.CreateUpDownCounter<long>("waybill.csi.calls.running", "{call}", "How many calls run.");

    /// <summary>Gets how many ranges of allocated or changed blocks were sent.</summary>
    public static Counter<long> MetadataRanges { get; } = s_meter.CreateCounter<long>("waybill.csi.metadata.ranges", "{range}", "Ranges of blocks that were sent.");
}
