namespace Waybill.Kubernetes;

/// <summary>Data that the application uses and that does not lie in the cluster's volumes: it is in no backup of the application.</summary>
/// <param name="Kind">What it is: <c>nfs</c>, <c>database</c>, <c>object-store</c>, <c>message-queue</c>, <c>service</c>, <c>host-path</c> and the like.</param>
/// <param name="Target">Where it is, without user and password.</param>
/// <param name="Reference">Which object says so, such as <c>apps/v1/Deployment/shop/web</c>.</param>
public sealed record ExternalData(string Kind, string Target, string Reference);
