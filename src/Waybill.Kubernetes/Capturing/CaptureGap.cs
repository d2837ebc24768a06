namespace Waybill.Kubernetes;

/// <summary>Something that belongs to an application, or may, and is not in the capture.</summary>
/// <param name="Kind">Why it is not.</param>
/// <param name="What">The kind or the object: <c>secrets</c>, <c>v1/Secret/shop/login</c>.</param>
/// <param name="Reason">What the cluster said, in a sentence.</param>
public sealed record CaptureGap(CaptureGapKind Kind, string What, string Reason);
