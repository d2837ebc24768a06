using System.Collections.Immutable;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Works out what a selector means in a cluster.</summary>
internal sealed class ScopeResolver(ClusterConnection connection, ApiCatalog catalog)
{
    public const string ApplicationGroup = "app.k8s.io";

    private const string HelmName = "meta.helm.sh/release-name";
    private const string HelmNamespace = "meta.helm.sh/release-namespace";

    /// <summary>Resolves a selector.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ApplicationNotFound"/>, <see cref="WaybillErrorCode.KindNotServed"/>.</exception>
    public async Task<CaptureScope> ResolveAsync(ApplicationSelector selector, CancellationToken cancellationToken)
    {
        switch (selector)
        {
            case ApplicationSelector.WholeNamespace all:
                await RequireNamespaceAsync(all.Name, cancellationToken).ConfigureAwait(false);
                return new CaptureScope(all.Name, [all.Name], static (_, _) => true) { IncludesNamespaces = true };
            case ApplicationSelector.Labels labels:
                await RequireNamespaceAsync(labels.InNamespace, cancellationToken).ConfigureAwait(false);
                var parsed = LabelSelector.Parse(labels.Selector);
                return new CaptureScope(labels.Text, [labels.InNamespace], (_, root) => parsed.Matches(Labels(root)));
            case ApplicationSelector.Owner owner:
                return ForObjects(owner.Text, [Resolve(new ObjectName(owner.InNamespace, owner.Kind, owner.Name))]);
            case ApplicationSelector.ObjectList list:
                return ForObjects(list.Text, [.. list.Objects.Select(Resolve)]);
            case ApplicationSelector.HelmRelease release:
                return await ForReleaseAsync(release, cancellationToken).ConfigureAwait(false);
            case ApplicationSelector.ApplicationObject application:
                return await ForApplicationAsync(application, cancellationToken).ConfigureAwait(false);
            default:
                throw new ArgumentException($"A selector of type {selector.GetType().Name} is not known.", nameof(selector));
        }
    }

    private static CaptureScope ForObjects(string name, ImmutableArray<ObjectKey> keys)
    {
        HashSet<ObjectKey> wanted = [.. keys];
        return new CaptureScope(name, [.. keys.Select(key => key.Namespace).Where(home => home.Length > 0).Distinct()], (resource, root) => wanted.Contains(KeyOf(resource, root)))
        {
            Outside = [.. keys.Where(key => key.Namespace.Length == 0)],
        };
    }

    private async Task<CaptureScope> ForReleaseAsync(ApplicationSelector.HelmRelease release, CancellationToken cancellationToken)
    {
        ApiResource secrets = catalog.FindInGroup("", "Secret")!;
        string path = $"{secrets.PathOf(release.InNamespace)}?labelSelector={Uri.EscapeDataString($"owner=helm,name={release.Release}")}";
        ApiAnswer answer = (await connection.Client.SendAsync(ApiRequest.Get(path), cancellationToken).ConfigureAwait(false)).OrThrow(path);
        HelmRecord record = HelmRecord.FindNewest(answer.Json) ?? throw NotFound(release.Text, "Helm has no release of that name there");
        HashSet<ObjectKey> installed = [.. record.Objects.Select(named => Key(named.ApiVersion, named.Kind, named.Namespace.Length > 0 ? named.Namespace : release.InNamespace, named.Name))];
        string recordName = record.SecretName;
        return new CaptureScope(
            release.Text,
            [.. installed.Select(key => key.Namespace).Where(home => home.Length > 0).Prepend(release.InNamespace).Distinct()],
            (resource, root) =>
            {
                ObjectKey key = KeyOf(resource, root);
                JsonElement annotations = root.Member("metadata").Member("annotations");
                return installed.Contains(key)
                    || (annotations.Text(HelmName) == release.Release && annotations.Text(HelmNamespace) == release.InNamespace)
                    || key == ObjectKey.Core("Secret", release.InNamespace, recordName);
            })
        {
            Outside = [.. installed.Where(key => key.Namespace.Length == 0)],
        };
    }

    private async Task<CaptureScope> ForApplicationAsync(ApplicationSelector.ApplicationObject application, CancellationToken cancellationToken)
    {
        ApiResource kind = catalog.FindInGroup(ApplicationGroup, "Application") ?? throw KindNotServed($"Application.{ApplicationGroup}");
        string path = kind.PathOf(application.InNamespace, application.Name);
        ApiAnswer answer = await connection.Client.FindAsync(path, cancellationToken).ConfigureAwait(false) ?? throw NotFound(application.Text, "There is no such Application object");
        using JsonDocument document = JsonDocument.Parse(answer.Json);
        JsonElement spec = document.RootElement.Member("spec");
        LabelSelector selector = LabelSelector.FromObject(spec.Member("selector"));
        HashSet<(string, string)> kinds = [.. spec.Items("componentKinds").Select(component => (component.Text("group") is "core" ? "" : component.Text("group"), component.Text("kind")))];
        var self = new ObjectKey(ApplicationGroup, "Application", application.InNamespace, application.Name);
        return new CaptureScope(
            application.Text,
            [application.InNamespace],
            (resource, root) => KeyOf(resource, root) == self
                || (!selector.IsEmpty && (kinds.Count == 0 || kinds.Contains((resource.Group, resource.Kind))) && selector.Matches(Labels(root))));
    }

    private ObjectKey Resolve(ObjectName name)
    {
        ApiResource resource = catalog.FindWord(name.Kind) ?? throw KindNotServed(name.Kind);
        return new ObjectKey(resource.Group, resource.Kind, resource.IsNamespaced ? name.Namespace : "", name.Name);
    }

    private ObjectKey Key(string apiVersion, string kind, string namespaceName, string name) =>
        new(ApiCatalog.GroupOf(apiVersion), kind, catalog.Find(apiVersion, kind)?.IsNamespaced == false ? "" : namespaceName, name);

    private async Task RequireNamespaceAsync(string name, CancellationToken cancellationToken)
    {
        string path = catalog.FindInGroup("", "Namespace")!.PathOf("", name);
        ApiAnswer answer = await connection.Client.SendAsync(ApiRequest.Get(path), cancellationToken).ConfigureAwait(false);
        if (answer.Code == 404)
        {
            throw NotFound(name, "The cluster has no such namespace");
        }

        // Someone who may read what is in a namespace need not be allowed to read the namespace itself.
        if (answer.Code != 403)
        {
            answer.OrThrow(path);
        }
    }

    private static ObjectKey KeyOf(ApiResource resource, JsonElement root) =>
        new(resource.Group, resource.Kind, root.Member("metadata").Text("namespace"), root.Member("metadata").Text("name"));

    private static Dictionary<string, string> Labels(JsonElement root) =>
        root.Member("metadata").Members("labels").ToDictionary(label => label.Name, label => label.Value.ValueKind == JsonValueKind.String ? label.Value.GetString()! : "", StringComparer.Ordinal);

    private WaybillException NotFound(string application, string why) =>
        new(WaybillErrorCode.ApplicationNotFound, why) { ObjectName = application, Hint = $"'waybill app list --context {connection.ContextName}' lists what there is." };

    private static WaybillException KindNotServed(string kind) =>
        new(WaybillErrorCode.KindNotServed, $"The cluster serves no kind '{kind}'") { ObjectName = kind, Hint = "Name the group too, as in 'certificates.cert-manager.io'." };
}
