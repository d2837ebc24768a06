namespace Waybill.Kubernetes;

/// <summary>How a mover is reached.</summary>
public enum MoverReach
{
    /// <summary>By its address if this runs in the cluster as a pod, else through the API server.</summary>
    Automatic = 0,

    /// <summary>By the address of its pod: the shortest way, which only the cluster's own network knows.</summary>
    PodAddress = 1,

    /// <summary>Through the API server, as <c>kubectl port-forward</c> does; works wherever the API does, and burdens it with the data.</summary>
    PortForward = 2,
}
