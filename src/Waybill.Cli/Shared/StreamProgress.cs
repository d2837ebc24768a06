using Waybill.Bundles;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Shared;

/// <summary>Shows the library's progress on the terminal.</summary>
internal sealed class StreamProgress(ProgressLine line) : IProgress<BundleProgress>
{
    public void Report(BundleProgress value) => line.Report(value.StreamName, value.BytesDone, value.BytesTotal ?? 0);
}
