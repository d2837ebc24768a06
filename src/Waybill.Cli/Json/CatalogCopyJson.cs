using System.Globalization;
using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>A bundle at one place.</summary>
internal sealed record CatalogCopyJson(string Store, string Name, long Length, string State, string? Problem, string? PublicTags, string? Gone)
{
    public static CatalogCopyJson Of(CatalogCopy copy) => new(
        copy.Store,
        copy.Name,
        copy.Length,
        JsonText.Of(copy.State),
        copy.Problem is { } code ? string.Create(CultureInfo.InvariantCulture, $"WB{(int)code:D4}") : null,
        JsonText.KnownOrNull(copy.PublicTags),
        copy.Gone?.ToString());
}
