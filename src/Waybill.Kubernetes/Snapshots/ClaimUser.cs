namespace Waybill.Kubernetes;

/// <summary>A pod that uses the volume of a claim, or is about to.</summary>
/// <param name="Pod">Its name.</param>
/// <param name="Mover">The mover it belongs to; empty if it moves no data.</param>
internal sealed record ClaimUser(string Pod, string Mover);
