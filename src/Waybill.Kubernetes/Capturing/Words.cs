namespace Waybill.Kubernetes;

/// <summary>The words that documents have for values.</summary>
internal static class Words
{
    public static string Of(RelationKind kind) => kind switch
    {
        RelationKind.Owner => "owner",
        RelationKind.Uses => "uses",
        RelationKind.ActsOn => "actsOn",
        _ => "definition",
    };

    public static string Of(CaptureGapKind kind) => kind switch
    {
        CaptureGapKind.Forbidden => "forbidden",
        CaptureGapKind.Missing => "missing",
        CaptureGapKind.Unavailable => "unavailable",
        CaptureGapKind.DataNotProtected => "dataNotProtected",
        _ => "notOneMoment",
    };
}
