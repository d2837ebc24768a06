namespace Waybill.Kubernetes;

/// <summary>Which tokens count.</summary>
/// <param name="Audience">The audience of the service, such as the name of its driver. A token must have been issued for it.</param>
public sealed record KubernetesAuthorityOptions(string Audience);
