namespace Waybill.Kubernetes;

/// <summary>A way to a cluster's API. One object serves any number of calls, also at once, and keeps them all within one rate.</summary>
public sealed class ClusterConnection : IDisposable
{
    private ClusterConnection(ClusterOptions options, ApiClient client, KubeIdentity identity)
    {
        Options = options;
        Client = client;
        Server = identity.Server;
        ContextName = identity.Context;
        DefaultNamespace = identity.Namespace.Length > 0 ? identity.Namespace : "default";
    }

    /// <summary>Gets the address of the server.</summary>
    public string Server { get; }

    /// <summary>Gets the name of the context; empty for the identity of a pod.</summary>
    public string ContextName { get; }

    /// <summary>Gets the namespace that is meant where none is named.</summary>
    public string DefaultNamespace { get; }

    internal ClusterOptions Options { get; }

    internal ApiClient Client { get; }

    /// <summary>Reads who asks and where. Nothing is sent yet.</summary>
    /// <param name="options">Which cluster; the defaults if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The connection; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ClusterConfigInvalid"/>.</exception>
    public static async Task<ClusterConnection> OpenAsync(ClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ClusterOptions();
        options.Validate();
        var identities = new KubeConfigLoader(options);
        KubeIdentity identity = await identities.LoadAsync(cancellationToken).ConfigureAwait(false);
        return new ClusterConnection(options, new ApiClient(options, identities, identity), identity);
    }

    /// <summary>Ends it.</summary>
    public void Dispose() => Client.Dispose();
}
