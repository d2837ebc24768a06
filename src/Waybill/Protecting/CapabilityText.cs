using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>Writes down what a platform could do with a volume, for whoever asks years later why a point was made as it was.</summary>
internal static class CapabilityText
{
    public static ImmutableArray<string> Of(VolumeCapabilities capabilities) =>
    [
        $"shape={Name(capabilities.Shape)}",
        Number("granularity", capabilities.Granularity),
        $"exactness={Name(capabilities.Exactness)}",
        $"change-id={Name(capabilities.ChangeIdKind)}",
        Flag("base-must-exist", capabilities.BaseMustExist),
        Flag("any-base", capabilities.AnyBase),
        Flag("reports-zeros", capabilities.ReportsZeros),
        Flag("reports-allocated", capabilities.ReportsAllocated),
        Flag("snapshots", capabilities.Snapshots),
        $"groups={Name(capabilities.Groups)}",
        Flag("grows", capabilities.Grows),
        Number("list-lifetime-seconds", capabilities.ListLifetime is { } lifetime ? (long)lifetime.TotalSeconds : 0),
        Number("max-concurrent-reads", capabilities.MaxConcurrentReads),
    ];

    private static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static string Flag(string name, bool value) => $"{name}={(value ? "yes" : "no")}";

    private static string Number(string name, long value) => string.Create(CultureInfo.InvariantCulture, $"{name}={value}");
}
