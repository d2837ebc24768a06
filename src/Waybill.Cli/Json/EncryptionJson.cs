using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>What an encrypted bundle shows without a key. Nothing of it is proved unless a key opened it.</summary>
internal sealed record EncryptionJson
{
    public required string Suite { get; init; }

    /// <summary>Gets what the keys given open; null if none fits.</summary>
    public string? Opened { get; init; }

    public required RecipientJson[] Recipients { get; init; }

    public required TagJson[] PublicTags { get; init; }

    public static EncryptionJson Of(BundleClearHeader clear) => new()
    {
        Suite = clear.Suite == SealSuite.ChaCha20Poly1305 ? "chacha20-poly1305" : "aes-256-gcm",
        Recipients = [.. clear.Recipients.Select(recipient => new RecipientJson(recipient.Type, JsonText.Of(recipient.Scopes), JsonText.KnownOrNull(recipient.KeyId)))],
        PublicTags = [.. clear.PublicTags.Select(TagJson.Of)],
    };
}
