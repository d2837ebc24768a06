using System.Security.Cryptography;
using Waybill.Bundles.Format;
using Waybill.Bundles.Resources;
using Waybill.Bundles.Entries;

namespace Waybill.Bundles;

/// <content>Adding definitions.</content>
public sealed partial class BundleWriter
{
    private const string ResourceStreamName = "resources";
    private const string SecretStreamName = "secrets";

    /// <summary>Adds the application's definitions, once per bundle. Secrets go into a stream of their own.</summary>
    /// <param name="resources">The objects in restore order.</param>
    /// <param name="cancellationToken">Ends the call early; the bundle can then not be completed.</param>
    /// <returns>What the manifest will say of the streams written: none, one or two.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ResourceInvalid"/>, <see cref="WaybillErrorCode.LimitExceeded"/>, or a failure of the output.</exception>
    public async Task<IReadOnlyList<StreamInfo>> AddResourcesAsync(IReadOnlyList<ResourceObject> resources, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resources);
        if (resources.Count > BundleFormat.MaxResources)
        {
            throw new WaybillException(WaybillErrorCode.LimitExceeded, "A bundle has at most 1 000 000 resources");
        }

        List<ResourceObject> ordered = [.. resources.Select((r, i) => r with { Ordinal = i })];
        foreach (ResourceObject resource in ordered)
        {
            Check(resource);
        }

        List<StreamInfo> written = [];
        await AddResourceStreamAsync(StreamKind.Resources, ResourceStreamName, ordered.Where(r => !r.IsSecret), written, cancellationToken).ConfigureAwait(false);
        await AddResourceStreamAsync(StreamKind.Secrets, SecretStreamName, ordered.Where(r => r.IsSecret), written, cancellationToken).ConfigureAwait(false);
        return written;
    }

    private static void Check(ResourceObject resource)
    {
        string label = $"{resource.ApiVersion}/{resource.Kind} {resource.Name}";
        if (resource.Kind.Length == 0 || resource.ApiVersion.Length == 0)
        {
            throw new WaybillException(WaybillErrorCode.ResourceInvalid, "A resource has no kind or API version") { ObjectName = label };
        }

        if (resource.Content.Length > BundleFormat.MaxResourceLength)
        {
            throw new WaybillException(WaybillErrorCode.LimitExceeded, "A resource is larger than 16 MiB") { ObjectName = label };
        }
    }

    private async Task AddResourceStreamAsync(StreamKind kind, string name, IEnumerable<ResourceObject> resources, List<StreamInfo> written, CancellationToken cancellationToken)
    {
        List<ResourceObject> list = [.. resources];
        if (list.Count == 0)
        {
            return;
        }

        BundleStreamWriter stream = await OpenPushStreamAsync(kind, name, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            byte[] blinding = kind == StreamKind.Secrets && !_options.Reproducible ? RandomNumberGenerator.GetBytes(ResourceCodec.BlindingSize) : [];
            foreach (ResourceObject resource in list)
            {
                await stream.WriteEntryAsync(ResourceCodec.EncodeMeta(resource, blinding), resource.Content, cancellationToken).ConfigureAwait(false);
                blinding = [];
            }

            written.Add(await stream.CompleteAsync(cancellationToken).ConfigureAwait(false));
        }
    }
}
