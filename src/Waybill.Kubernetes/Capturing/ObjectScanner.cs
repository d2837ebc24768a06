using System.Buffers;
using System.Text;
using System.Text.Json;
using Waybill.Bundles;

namespace Waybill.Kubernetes;

/// <summary>Reads objects from the cluster into the spool and notes what is needed of them.</summary>
internal sealed class ObjectScanner(ClusterConnection connection, ResourceSpool spool, List<CaptureGap> gaps, IProgress<CaptureProgress>? progress)
{
    private readonly ListReader _lists = new(connection.Client, connection.Options.PageSize);
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    /// <summary>Gets what was read, in the order in which it was.</summary>
    public List<ScannedObject> Found { get; } = [];

    /// <summary>Lists all objects of a kind in a namespace, or everywhere if that is empty.</summary>
    /// <param name="resource">The kind.</param>
    /// <param name="namespaceName">The namespace.</param>
    /// <param name="isRoot">Says of an object whether it is what was asked for.</param>
    /// <param name="keeps">Says of an object whether it is kept; all are if null.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public async Task ScanAsync(ApiResource resource, string namespaceName, Func<JsonElement, bool> isRoot, Func<JsonElement, bool>? keeps, CancellationToken cancellationToken)
    {
        string path = resource.PathOf(namespaceName);
        ApiStatus? refused = await _lists.ReadAsync(
            path,
            "application/json",
            item => Take(resource, item, isRoot, keeps),
            () => (spool.Mark(), Found.Count),
            ((SpoolMark Spool, int Count) mark) =>
            {
                spool.Reset(mark.Spool);
                Found.RemoveRange(mark.Count, Found.Count - mark.Count);
            },
            cancellationToken).ConfigureAwait(false);
        progress?.Report(new CaptureProgress(resource.Key, Found.Count, spool.Length));
        switch (refused)
        {
            case null:
                break;
            case { Code: 403 }:
                gaps.Add(new CaptureGap(CaptureGapKind.Forbidden, resource.Key, refused.Message));
                break;
            case { Code: 410 }:
                gaps.Add(new CaptureGap(CaptureGapKind.NotOneMoment, resource.Key, refused.Message));
                break;
            case { Code: 404 or 405 or 500 or 503 }:
                gaps.Add(new CaptureGap(CaptureGapKind.Unavailable, resource.Key, refused.Message));
                break;
            default:
                throw ApiErrors.Of(refused, path);
        }
    }

    /// <summary>Gets one object; what is not there, or may not be read, becomes a gap.</summary>
    /// <returns>Whether it was read.</returns>
    public async Task<bool> FetchAsync(ApiResource resource, string namespaceName, string name, bool isRoot, bool isOptional, CancellationToken cancellationToken)
    {
        string path = resource.PathOf(namespaceName, name);
        ApiAnswer answer = await connection.Client.SendAsync(ApiRequest.Get(path), cancellationToken).ConfigureAwait(false);
        string what = string.Join('/', new[] { resource.ApiVersion, resource.Kind, namespaceName, name }.Where(part => part.Length > 0));
        switch (answer.Code)
        {
            case 404 when isOptional:
                return false;
            case 404:
                gaps.Add(new CaptureGap(CaptureGapKind.Missing, what, "Others need it, and it does not exist"));
                return false;
            case 403:
                gaps.Add(new CaptureGap(CaptureGapKind.Forbidden, what, answer.Status.Message));
                return false;
            case 500 or 503:
                gaps.Add(new CaptureGap(CaptureGapKind.Unavailable, what, answer.Status.Message));
                return false;
            default:
                Take(resource, new ReadOnlySequence<byte>(answer.OrThrow(path).Json), _ => isRoot, null);
                return true;
        }
    }

    private void Take(ApiResource resource, ReadOnlySequence<byte> item, Func<JsonElement, bool> isRoot, Func<JsonElement, bool>? keeps)
    {
        using JsonDocument document = JsonDocument.Parse(item);
        JsonElement root = document.RootElement;
        JsonElement metadata = root.Member("metadata");
        string name = metadata.Text("name");

        // What moves data for a backup is no part of the application.
        if (name.Length == 0 || keeps?.Invoke(root) == false || ClusterMarks.IsOfMover(root))
        {
            return;
        }

        // The items of a list of a built-in kind do not say their kind; the same object asked for alone does, first of all.
        string apiVersion = root.Text("apiVersion");
        string prefix = apiVersion.Length == 0 ? $"\"kind\":\"{resource.Kind}\",\"apiVersion\":\"{resource.ApiVersion}\"," : "";
        var key = new ObjectKey(resource.Group, resource.Kind, Once(metadata.Text("namespace")), name);
        bool isPod = key is { Group: "", Kind: "Pod" };
        Found.Add(new ScannedObject(key, resource)
        {
            ApiVersion = apiVersion.Length == 0 ? resource.ApiVersion : Once(apiVersion),
            Uid = metadata.Text("uid"),
            ResourceVersion = metadata.Text("resourceVersion"),
            Owners = [.. metadata.Items("ownerReferences").Select(owner => new ResourceOwner(
                Once(owner.Text("apiVersion")), Once(owner.Text("kind")), Once(owner.Text("name")), Once(owner.Text("uid")), owner.IsTrue("controller")))],
            Content = spool.Add(item, Encoding.UTF8.GetBytes(prefix)),
            References = References(resource, root, key),
            PodLabels = isPod ? Labels(metadata) : null,
            PodSelector = Selector(root, key),
            ClaimPrefixes = key is { Group: "apps", Kind: "StatefulSet" }
                ? [.. root.Member("spec").Items("volumeClaimTemplates").Select(template => $"{template.Member("metadata").Text("name")}-{name}-")]
                : [],
            IsRoot = isRoot(root),
        });
        if (Found.Count % 1000 == 0)
        {
            progress?.Report(new CaptureProgress(resource.Key, Found.Count, spool.Length));
        }
    }

    private static List<ObjectReference> References(ApiResource resource, JsonElement root, ObjectKey key)
    {
        List<ObjectReference> references = ReferenceReader.Read(root, key);
        if (!BuiltInGroups.Contains(resource.Group))
        {
            // Another server may serve the kind; then it has no definition.
            references.Add(new ObjectReference(new ObjectKey("apiextensions.k8s.io", "CustomResourceDefinition", "", resource.Key), RelationKind.Definition, IsOptional: true));
        }

        return references;
    }

    private Dictionary<string, string> Labels(JsonElement metadata) =>
        metadata.Members("labels").ToDictionary(label => Once(label.Name), label => Once(label.Value.ValueKind == JsonValueKind.String ? label.Value.GetString()! : ""), StringComparer.Ordinal);

    private static LabelSelector? Selector(JsonElement root, ObjectKey key)
    {
        JsonElement spec = root.Member("spec");
        switch (key.Group, key.Kind)
        {
            case ("", "Service"):
                LabelSelector selector = LabelSelector.FromMap(spec.Member("selector"));
                return selector.IsEmpty ? null : selector; // a Service without one is served by something else
            case ("policy", "PodDisruptionBudget"):
                return LabelSelector.FromObject(spec.Member("selector"));
            case ("networking.k8s.io", "NetworkPolicy"):
                return LabelSelector.FromObject(spec.Member("podSelector"));
            default:
                return null;
        }
    }

    /// <summary>Keeps one copy of texts that many objects have.</summary>
    private string Once(string text)
    {
        if (_texts.TryGetValue(text, out string? known))
        {
            return known;
        }

        _texts[text] = text;
        return text;
    }
}
