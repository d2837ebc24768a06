using Waybill.Cli.Terminal;
using Waybill.Engine;

namespace Waybill.Cli.Engines;

/// <summary>Shows the engine's progress on the terminal: in each phase the sum over all volumes it has come to.</summary>
internal sealed class EngineProgressLine(ProgressLine line) : IProgress<EngineProgress>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (long Done, long Total)> _volumes = [];
    private EnginePhase _phase;

    public void Report(EngineProgress value)
    {
        lock (_gate)
        {
            if (_phase != value.Phase)
            {
                _phase = value.Phase;
                _volumes.Clear();
            }

            if (value.Volume.Length > 0)
            {
                _volumes[value.Volume] = (value.BytesDone, value.BytesTotal ?? 0);
            }

            // If one total is not known, nor is that of all.
            long total = _volumes.Values.All(volume => volume.Total > 0) ? _volumes.Values.Sum(volume => volume.Total) : 0;
            line.Report(Describe(value.Phase, _volumes), _volumes.Values.Sum(volume => volume.Done), total);
        }
    }

    private static string Describe(EnginePhase phase, Dictionary<string, (long Done, long Total)> volumes)
    {
        string what = phase switch
        {
            EnginePhase.Preparing => "preparing",
            EnginePhase.Quiescing => "holding still",
            EnginePhase.Snapshotting => "taking snapshots",
            EnginePhase.Comparing => "looking for changes",
            EnginePhase.Copying => "copying",
            EnginePhase.Verifying => "verifying",
            _ => "committing",
        };
        return volumes.Count switch { 0 => what, 1 => $"{what} {volumes.Keys.First()}", _ => $"{what} {volumes.Count} volumes" };
    }
}
