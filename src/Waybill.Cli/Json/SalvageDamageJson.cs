using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>A place of the bundle that is not as it should be.</summary>
internal sealed record SalvageDamageJson(long Offset, long Length, string Reason)
{
    public static SalvageDamageJson Of(SalvageDamage damage) => new(damage.Offset, damage.Length, damage.Reason);
}
