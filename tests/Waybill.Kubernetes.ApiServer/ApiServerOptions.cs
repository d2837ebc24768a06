namespace Waybill.Kubernetes.ApiServer;

/// <summary>How a server behaves.</summary>
public sealed record ApiServerOptions
{
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Gets whether it speaks TLS, with a certificate of an authority of its own.</summary>
    public bool UseTls { get; init; }

    /// <summary>Gets what it says its version is.</summary>
    public string Version { get; init; } = "v1.36.2";

    /// <summary>Gets how many changes it remembers at least.</summary>
    public int History { get; init; } = 10_000;

    /// <summary>Gets after what time a watch that asked for them gets a bookmark.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets how many requests it takes in a second; 0 for any number.</summary>
    public int RequestsPerSecond { get; init; }
}
