namespace Waybill.Kubernetes;

/// <summary>How far a capture is.</summary>
/// <param name="Resource">The kind that is being read, such as <c>deployments.apps</c>.</param>
/// <param name="Objects">How many objects were read so far.</param>
/// <param name="Bytes">How many bytes they have.</param>
public readonly record struct CaptureProgress(string Resource, long Objects, long Bytes);
