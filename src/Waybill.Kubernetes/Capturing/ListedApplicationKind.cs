namespace Waybill.Kubernetes;

/// <summary>By what an application is known.</summary>
public enum ListedApplicationKind
{
    /// <summary>It is all that is in a namespace.</summary>
    Namespace = 1,

    /// <summary>Helm installed it.</summary>
    HelmRelease = 2,

    /// <summary>An Application object (app.k8s.io) describes it.</summary>
    ApplicationObject = 3,
}
