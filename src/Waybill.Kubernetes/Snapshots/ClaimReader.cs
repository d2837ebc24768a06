using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Finds claims with their volumes, and who uses them.</summary>
internal sealed class ClaimReader(ClusterObjects objects, ClusterVolumeOptions options)
{
    /// <summary>Finds a claim that is bound to a volume of a CSI driver; null if there is none.</summary>
    public async Task<BoundClaim?> FindAsync(VolumeId volume, CancellationToken cancellationToken) =>
        ClusterObjectId.TryParse(volume.ToString(), out ClusterObjectId id) && IsMeant(id.Namespace)
        && await objects.FindAsync(ClusterPaths.Claims(id.Namespace), id, cancellationToken).ConfigureAwait(false) is { } claim
            ? await BindAsync(claim, cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>Reads the volume of a claim; null if it has none yet, or none of a driver that is meant.</summary>
    public async Task<BoundClaim?> BindAsync(JsonElement claim, CancellationToken cancellationToken)
    {
        string volume = claim.Member("spec").Text("volumeName");
        return ClusterObjectId.IsName(volume) && await objects.FindAsync($"{ClusterPaths.Volumes}/{volume}", cancellationToken).ConfigureAwait(false) is { } found
            && BoundClaim.From(claim, found) is { } bound && IsMeantDriver(bound.Driver)
                ? bound
                : null;
    }

    public async Task<List<BoundClaim>> ListAsync(CancellationToken cancellationToken)
    {
        var claims = new List<JsonElement>();
        foreach (string one in Scopes())
        {
            claims.AddRange(await objects.ListAsync(ClusterPaths.Claims(one), cancellationToken).ConfigureAwait(false));
        }

        // After the claims: whatever was bound by then has its volume.
        Dictionary<string, JsonElement> volumes = (await objects.ListAsync(ClusterPaths.Volumes, cancellationToken).ConfigureAwait(false))
            .ToDictionary(volume => volume.Member("metadata").Text("name"), StringComparer.Ordinal);
        return [.. claims
            .Where(claim => !ClusterMarks.IsOfMover(claim))
            .Select(claim => volumes.TryGetValue(claim.Member("spec").Text("volumeName"), out JsonElement volume) ? BoundClaim.From(claim, volume) : null)
            .OfType<BoundClaim>()
            .Where(claim => IsMeantDriver(claim.Driver))];
    }

    /// <summary>Finds a pod that uses the volume of a claim, or is about to; null if there is none. One that moves data is told of only if there is no other.</summary>
    public async Task<ClaimUser?> FindUserAsync(BoundClaim claim, CancellationToken cancellationToken)
    {
        HashSet<string> views = [claim.Name, .. await ListSecondViewsAsync(claim, cancellationToken).ConfigureAwait(false)];
        ClaimUser? mover = null;
        foreach (JsonElement pod in await objects.ListAsync(ClusterPaths.Pods(claim.Namespace), cancellationToken).ConfigureAwait(false))
        {
            string name = pod.Member("metadata").Text("name");
            bool over = pod.Member("status").Text("phase") is "Succeeded" or "Failed";
            bool uses = pod.Member("spec").Items("volumes").Any(volume =>
                views.Contains(volume.Member("persistentVolumeClaim").Text("claimName"))
                || (volume.Member("ephemeral").ValueKind == JsonValueKind.Object && $"{name}-{volume.Text("name")}" == claim.Name));
            if (!uses || over)
            {
                continue;
            }

            var user = new ClaimUser(name, pod.Member("metadata", "labels").Text(ClusterMarks.Mover));
            if (user.Mover.Length == 0)
            {
                return user;
            }

            mover ??= user;
        }

        return mover;
    }

    /// <summary>Lists the claims by which movers write the volume of a claim for files as a block device.</summary>
    private async Task<IEnumerable<string>> ListSecondViewsAsync(BoundClaim claim, CancellationToken cancellationToken) =>
        claim.Volume.Length == 0 ? []
        : (await objects.ListAsync(ClusterPaths.WithLabel(ClusterPaths.Volumes, ClusterMarks.ManagedBy, ClusterMarks.Waybill), cancellationToken).ConfigureAwait(false))
            .Where(volume => ClusterMarks.IsOfMover(volume)
                && (volume.Member("spec", "csi").Text("driver"), volume.Member("spec", "csi").Text("volumeHandle")) == (claim.Driver, claim.Handle.ToString())
                && volume.Member("spec", "claimRef").Text("namespace") == claim.Namespace)
            .Select(volume => volume.Member("spec", "claimRef").Text("name"));

    /// <summary>Lists the namespaces to list; an empty one stands for all.</summary>
    public IEnumerable<string> Scopes() => options.Namespaces.Length == 0 ? [""] : options.Namespaces.Distinct();

    public bool IsMeant(string objectNamespace) => options.Namespaces.Length == 0 || options.Namespaces.Contains(objectNamespace);

    public bool IsMeantDriver(string driver) => options.Driver.Length == 0 || options.Driver == driver;
}
