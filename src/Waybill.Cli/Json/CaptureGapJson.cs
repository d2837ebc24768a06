using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>Something that may belong to an application and could not be read.</summary>
internal sealed record CaptureGapJson(string Kind, string What, string Reason)
{
    public static CaptureGapJson Of(CaptureGap gap) => new(
        gap.Kind switch
        {
            CaptureGapKind.Forbidden => "forbidden",
            CaptureGapKind.Missing => "missing",
            CaptureGapKind.Unavailable => "unavailable",
            CaptureGapKind.DataNotProtected => "data-not-protected",
            _ => "not-one-moment",
        },
        gap.What,
        gap.Reason);
}
