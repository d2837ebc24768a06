namespace Waybill.Cli.Json;

/// <summary>The place of a bundle in its protection chain.</summary>
internal sealed record LineageJson(string Id, long Generation, string? ForkedFrom, string? ForkedFromBundle, string? ForkReason)
{
    public static LineageJson Of(Lineage lineage) => new(
        lineage.Id.ToString(),
        lineage.Generation,
        lineage.ForkedFrom?.ToString(),
        lineage.ForkedFromBundle?.ToString(),
        JsonText.KnownOrNull(lineage.ForkReason));
}
