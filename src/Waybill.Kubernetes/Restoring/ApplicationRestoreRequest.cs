using Waybill.Engine;

namespace Waybill.Kubernetes;

/// <summary>How an application of a point comes into a cluster, with the data behind its claims.</summary>
/// <param name="Volumes">The point, whose signatures it must have, and how data is written. What goes where follows from the claims; its items are not heeded.</param>
/// <param name="Objects">How objects become objects of the cluster.</param>
public sealed record ApplicationRestoreRequest(RestoreRequest Volumes, ResourceRestoreRequest Objects);
