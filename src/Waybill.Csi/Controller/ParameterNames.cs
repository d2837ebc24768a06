using System.Collections.Immutable;
using Google.Protobuf.Collections;

namespace Waybill.Csi;

/// <summary>What the names of parameters mean to this library; all others are the provider's.</summary>
internal static class ParameterNames
{
    /// <summary>Becomes the storage class of the volume.</summary>
    public const string StorageClass = "storageClass";

    // Kubernetes' sidecars add what they know of the claim; no platform has parameters of these names.
    private const string KubernetesPrefix = "csi.storage.k8s.io/";

    /// <summary>Takes the parameters that are for the provider; later ones replace earlier ones of the same name.</summary>
    public static ImmutableSortedDictionary<string, string> ForProvider(params ReadOnlySpan<MapField<string, string>> maps)
    {
        ImmutableSortedDictionary<string, string>.Builder result = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (MapField<string, string> map in maps)
        {
            foreach ((string key, string value) in map)
            {
                if (key != StorageClass && !key.StartsWith(KubernetesPrefix, StringComparison.Ordinal))
                {
                    result[key] = value;
                }
            }
        }

        return result.ToImmutable();
    }

    /// <summary>Refuses parameters of a call whose role takes none.</summary>
    public static void MustBeNone(MapField<string, string> parameters)
    {
        if (ForProvider(parameters) is { Count: > 0 } unknown)
        {
            throw CallError.Invalid($"There is no parameter '{unknown.Keys.First()}' here.");
        }
    }
}
