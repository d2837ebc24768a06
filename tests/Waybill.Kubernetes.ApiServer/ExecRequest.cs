namespace Waybill.Kubernetes.ApiServer;

/// <summary>A program that is to run in a container.</summary>
public sealed record ExecRequest(string Namespace, string Pod, string Container, IReadOnlyList<string> Command);
