using System.Collections.Immutable;

namespace Waybill.Kubernetes;

/// <summary>What is run in a container of a pod before its data is snapshotted, and after that.</summary>
/// <param name="Namespace">The namespace of the pod.</param>
/// <param name="Pod">Its name.</param>
public sealed record PodHook(string Namespace, string Pod)
{
    /// <summary>Gets the container; empty for the pod's first.</summary>
    public string Container { get; init; } = "";

    /// <summary>Gets the program and its arguments that prepare the application; empty if nothing is run before.</summary>
    public ImmutableArray<string> Pre { get; init; } = [];

    /// <summary>Gets how long that may take until it is killed, in whole seconds.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan PreLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets whether the snapshot is taken although that failed. It is then worth no more than after a power cut.</summary>
    public bool PreMayFail { get; init; }

    /// <summary>
    /// Gets the program and its arguments that let the application go on; empty if nothing is run after. They are run in any case once <see cref="Pre"/> was
    /// begun, and must do no harm when they are run twice.
    /// </summary>
    public ImmutableArray<string> Post { get; init; } = [];

    /// <summary>Gets how long that may take until it is killed, in whole seconds.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan PostLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets whether it does not matter when that fails.</summary>
    public bool PostMayFail { get; init; }

    /// <summary>Gets the claims that the pod uses, as <c>NAMESPACE/CLAIM</c>: it is their data that the hook makes consistent.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    internal string Place => $"{Namespace}/{Pod}{(Container.Length > 0 ? $"/{Container}" : "")}";

    /// <summary>Reads the hooks of an application from the annotations of its running pods (docs/guide/kubernetes.md, Hooks).</summary>
    /// <param name="application">The application.</param>
    /// <returns>The hooks, in the order of the namespaces and pods.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ResourceInvalid"/>: an annotation cannot be read. To leave it out would promise what is not kept.</exception>
    public static ImmutableArray<PodHook> ReadFrom(CapturedApplication application)
    {
        ArgumentNullException.ThrowIfNull(application);
        return
        [
            .. application.Objects.Where(captured => captured.Resource is { ApiVersion: "v1", Kind: "Pod" })
                .Select(captured => HookAnnotations.Read(captured.Resource.Content))
                .OfType<PodHook>()
                .OrderBy(hook => hook.Place, StringComparer.Ordinal),
        ];
    }
}
