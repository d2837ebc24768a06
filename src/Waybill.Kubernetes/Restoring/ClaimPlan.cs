using System.Collections.Immutable;
using System.Text.Json;
using Waybill.Bundles;

namespace Waybill.Kubernetes;

/// <summary>Which claims of a point get data, and what becomes of those that exist.</summary>
internal sealed class ClaimPlan
{
    private readonly HashSet<string> _sources = new(StringComparer.Ordinal);
    private readonly HashSet<string> _namespaces = new(StringComparer.Ordinal);

    private ClaimPlan(ImmutableArray<string> volumesLeftOut) => VolumesLeftOut = volumesLeftOut;

    public ImmutableArray<RestoredClaim> Claims { get; private set; } = [];

    public ImmutableDictionary<string, ClaimPreparation> Preparations { get; private set; } = ImmutableDictionary<string, ClaimPreparation>.Empty;

    public ImmutableArray<string> VolumesLeftOut { get; }

    /// <summary>Gets the claims whose data is written, by their names in the cluster.</summary>
    public HashSet<string> ToWrite { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the claims of those to which files are restored.</summary>
    public HashSet<string> Trees { get; } = new(StringComparer.Ordinal);

    /// <summary>Gets the claims of those that exist, and hold what is to be overwritten or what an interrupted restore left.</summary>
    public HashSet<string> Replaced { get; } = new(StringComparer.Ordinal);

    /// <summary>Looks at the streams of a point and at the claims of the cluster.</summary>
    public static async Task<ClaimPlan> MakeAsync(
        BundleManifest manifest, IReadOnlyList<ResourceObject> resources, ResourceRestoreRequest request, ClusterConnection connection, CancellationToken cancellationToken)
    {
        StreamInfo[] volumes = [.. manifest.Streams.Where(stream => stream.Kind is StreamKind.BlockVolume or StreamKind.FileMeta)];
        var plan = new ClaimPlan([.. volumes.Where(stream => ClaimOf(stream).Length == 0).Select(stream => stream.Name)]);
        HashSet<string> known = [.. resources.Where(IsClaim).Select(claim => $"{claim.Namespace}/{claim.Name}")];
        var objects = new ClusterObjects(connection);
        string bundle = manifest.Id.ToString();
        var claims = ImmutableArray.CreateBuilder<RestoredClaim>();
        var preparations = ImmutableDictionary.CreateBuilder<string, ClaimPreparation>(StringComparer.Ordinal);
        foreach (StreamInfo stream in volumes.Where(stream => ClaimOf(stream).Length > 0))
        {
            string source = ClaimOf(stream);
            if (!known.Contains(source) || !ClusterObjectId.TryParse(source, out ClusterObjectId id))
            {
                throw new WaybillException(WaybillErrorCode.ResourceInvalid, $"The point has the data of the claim '{source}' and not the claim")
                {
                    ObjectName = stream.Name, Hint = "Restore the volume with 'waybill app restore --to', and the objects of another point.",
                };
            }

            string home = request.Namespaces.GetValueOrDefault(id.Namespace, id.Namespace);
            string target = $"{home}/{id.Name}";
            JsonElement? existing = await objects.FindAsync($"{ClusterPaths.Claims(home)}/{id.Name}", cancellationToken).ConfigureAwait(false);
            ClaimAction action = Judge(existing, bundle, request.Existing);
            claims.Add(new RestoredClaim(stream.Name, target, action));
            if (action is ClaimAction.Fill or ClaimAction.Overwrite)
            {
                plan.ToWrite.Add(target);
                if (existing is not null)
                {
                    plan.Replaced.Add(target);
                }

                if (stream.Kind == StreamKind.FileMeta)
                {
                    plan.Trees.Add(target);
                }
            }

            if (action is not ClaimAction.Keep)
            {
                preparations[target] = new ClaimPreparation(bundle, stream.Kind == StreamKind.BlockVolume ? stream.VirtualLength : 0);
            }

            plan._sources.Add(source);
            plan._namespaces.Add(id.Namespace);
        }

        plan.Claims = claims.DrainToImmutable();
        plan.Preparations = preparations.ToImmutable();
        return plan;
    }

    /// <summary>Says whether an object must be there before data can be.</summary>
    public bool IsNeededByData(ResourceObject resource) =>
        (IsClaim(resource) && _sources.Contains($"{resource.Namespace}/{resource.Name}"))
        || (resource is { ApiVersion: "v1", Kind: "Namespace" } && _namespaces.Contains(resource.Name))
        || (resource.Kind == "StorageClass" && ApiCatalog.GroupOf(resource.ApiVersion) == "storage.k8s.io");

    /// <summary>Ends a restore before it begins if claims exist of whose data nobody said what happens to it.</summary>
    public void RefuseExisting(ExistingObjects existing)
    {
        if (existing == ExistingObjects.Fail && Claims.FirstOrDefault(claim => claim.Action == ClaimAction.Keep) is { } found)
        {
            throw new WaybillException(WaybillErrorCode.ObjectExists, "A claim exists already, with data of its own")
            {
                ObjectName = found.Claim,
                Hint = "Restore to another namespace, or say what happens to existing objects: 'skip' and 'update' keep the data, 'replace' overwrites it.",
            };
        }
    }

    private static ClaimAction Judge(JsonElement? existing, string bundle, ExistingObjects rule)
    {
        if (existing is not { } claim)
        {
            return ClaimAction.Fill;
        }

        JsonElement annotations = claim.Member("metadata", "annotations");
        bool ours = annotations.Text(ClusterMarks.FilledFrom) == bundle;
        return ours && annotations.Text(ClusterMarks.Filled).Length == 0 ? ClaimAction.Fill
            : rule == ExistingObjects.Replace ? ClaimAction.Overwrite
            : ours ? ClaimAction.Filled
            : ClaimAction.Keep;
    }

    private static string ClaimOf(StreamInfo stream) => stream.Volume?.Claim ?? "";

    private static bool IsClaim(ResourceObject resource) => resource is { ApiVersion: "v1", Kind: "PersistentVolumeClaim" };
}
