using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>Passes on how far a bundle is as how far a run is.</summary>
internal sealed class ProgressRelay(IProgress<EngineProgress>? target, EnginePhase phase) : IProgress<BundleProgress>
{
    public void Report(BundleProgress value) => target?.Report(new EngineProgress(phase, value.StreamName, value.BytesDone, value.BytesTotal));
}
