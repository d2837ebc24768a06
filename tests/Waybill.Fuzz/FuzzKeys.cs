using System.Text.Json;
using Waybill.Bundles;

namespace Waybill.Fuzz;

/// <summary>The keys that the vectors name. A passphrase is left out: it costs a second for each mutant that is still meant for it.</summary>
internal static class FuzzKeys
{
    public static IReadOnlyList<BundleKey> Load(string vectors)
    {
        HashSet<(string Type, string Value)> known = [];
        foreach (string file in Directory.EnumerateFiles(vectors, "*.json", SearchOption.AllDirectories))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            if (document.RootElement.TryGetProperty("keys", out JsonElement keys))
            {
                known.UnionWith(keys.EnumerateArray().Select(k => (k.GetProperty("type").GetString()!, k.GetProperty("value").GetString()!)));
            }
        }

        return
        [
            .. known.Where(k => k.Type != "passphrase").Order()
                .Select<(string Type, string Value), BundleKey>(k => k.Type == "psk" ? new PresharedBundleKey(Convert.FromHexString(k.Value)) : PrivateBundleKey.FromPem(k.Value)),
        ];
    }
}
