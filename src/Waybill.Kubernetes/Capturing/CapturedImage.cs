namespace Waybill.Kubernetes;

/// <summary>An image that ran in the application.</summary>
/// <param name="Image">The name it was asked for by.</param>
/// <param name="Digest">The digest of what ran, such as <c>sha256:…</c>; empty if nothing did, or it is not known.</param>
public sealed record CapturedImage(string Image, string Digest);
