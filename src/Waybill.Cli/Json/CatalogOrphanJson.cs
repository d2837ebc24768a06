using System.Globalization;
using Waybill.Catalog;

namespace Waybill.Cli.Json;

/// <summary>Something orphaned.</summary>
internal sealed record CatalogOrphanJson(
    string Kind, string Name, CatalogApplicationJson? Application, string? Bundle, string? Missing, string? Time, string? Problem, string? Note)
{
    public static CatalogOrphanJson Of(CatalogOrphan orphan) => new(
        JsonText.Of(orphan.Kind),
        orphan.Name,
        orphan.Application is { } application ? CatalogApplicationJson.Of(application) : null,
        orphan.Bundle.IsDefault ? null : orphan.Bundle.ToString(),
        orphan.Missing.IsDefault ? null : orphan.Missing.ToString(),
        orphan.Time?.ToString(),
        orphan.Problem is { } code ? string.Create(CultureInfo.InvariantCulture, $"WB{(int)code:D4}") : null,
        JsonText.KnownOrNull(orphan.Note));
}
