using Waybill.Cli.Terminal;
using Waybill.Kubernetes;

namespace Waybill.Cli.Clusters;

/// <summary>Shows on the terminal what is being read from a cluster.</summary>
internal sealed class CaptureProgressLine(ProgressLine line) : IProgress<CaptureProgress>
{
    public void Report(CaptureProgress value) => line.Report($"reading {value.Resource}", value.Bytes, 0);
}
