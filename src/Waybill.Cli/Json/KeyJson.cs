using Waybill.Bundles;
using Waybill.Cli.Keys;

namespace Waybill.Cli.Json;

/// <summary>One key of a file, without anything secret.</summary>
internal sealed record KeyJson(string Purpose, bool Private, bool Locked, string? Algorithm, string? Id)
{
    public static KeyJson Of(KeyFileEntry key) => new(KeyText.Purpose(key.Purposes), key.IsPrivate, key.IsLocked, key.Algorithm, key.KeyId);
}
