namespace Waybill.Kubernetes;

/// <summary>Which cluster is meant, as whom, and how fast it may be asked.</summary>
public sealed record ClusterOptions
{
    /// <summary>Gets the kubeconfig file.</summary>
    /// <value>Empty by default: those that <c>$KUBECONFIG</c> names, then <c>~/.kube/config</c>, then the identity of the pod this runs in.</value>
    public string KubeConfig { get; init; } = "";

    /// <summary>Gets the context of the kubeconfig; empty for its current one.</summary>
    public string Context { get; init; } = "";

    /// <summary>Gets whether the identity of the pod this runs in is used, whatever kubeconfig there is.</summary>
    public bool InCluster { get; init; }

    /// <summary>Gets how many requests are sent in a second in the long run, more than 0.</summary>
    /// <value>The default is 50.</value>
    public double RequestsPerSecond { get; init; } = 50;

    /// <summary>Gets how many requests may be sent at once after a pause, 1 or more.</summary>
    /// <value>The default is 100.</value>
    public int Burst { get; init; } = 100;

    /// <summary>Gets how many objects are asked for in one answer, 1 or more.</summary>
    /// <value>The default is 500.</value>
    public int PageSize { get; init; } = 500;

    /// <summary>Gets how long one request is repeated while the server is busy or away.</summary>
    /// <value>The default is 2 minutes.</value>
    public TimeSpan RetryLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets how long the server may take to begin an answer.</summary>
    /// <value>The default is 1 minute.</value>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets the clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets what the server is told of who asks.</summary>
    /// <value>The default is <c>waybill</c>.</value>
    public string UserAgent { get; init; } = "waybill";

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(RequestsPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Burst);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PageSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryLimit, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestTimeout, TimeSpan.Zero);
    }
}
