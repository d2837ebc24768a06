using Waybill.Providers;

namespace Waybill.Cli.Json;

/// <summary>What a platform can do with a volume.</summary>
internal sealed record VolumeCapabilitiesJson(bool Snapshots, string Groups, string Changes, string Exactness, int Granularity, bool Allocated, bool Grows)
{
    public static VolumeCapabilitiesJson Of(VolumeCapabilities capabilities) => new(
        capabilities.Snapshots,
        EngineWords.Of(capabilities.Groups),
        EngineWords.Of(capabilities.Shape),
        EngineWords.Of(capabilities.Exactness),
        capabilities.Granularity,
        capabilities.ReportsAllocated,
        capabilities.Grows);
}
