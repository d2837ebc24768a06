using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>What the signatures of a bundle amount to.</summary>
internal sealed record SignaturesJson
{
    /// <summary>Gets whether anybody's signature was demanded; if not, no outcome says whom to believe.</summary>
    public required bool Demanded { get; init; }

    public required string Outcome { get; init; }

    /// <summary>Gets what those of the content amount to; null if they were not looked at, because nobody sees the content without a key.</summary>
    public required string? Content { get; init; }

    public required string? Storage { get; init; }

    public required SignatureJson[] Signatures { get; init; }

    public static SignaturesJson Of(SignatureReport report, bool demanded) => new()
    {
        Demanded = demanded,
        Outcome = JsonText.Of(report.Outcome),
        Content = JsonText.Of(report.Content),
        Storage = report.Storage is { } storage ? JsonText.Of(storage) : null,
        Signatures = [.. report.Signatures.Select(SignatureJson.Of)],
    };

    /// <summary>Gets the same of a check that looked at nothing but the stored bytes.</summary>
    public static SignaturesJson OfStorage(SignatureReport report, bool demanded) => Of(report, demanded) with
    {
        Outcome = JsonText.Of(report.Storage ?? report.Outcome),
        Content = null,
    };
}
