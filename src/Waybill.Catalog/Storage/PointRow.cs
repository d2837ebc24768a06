using System.Collections.Immutable;

namespace Waybill.Catalog.Storage;

/// <summary>A point that stands in the catalog.</summary>
/// <param name="Id">Its number there.</param>
/// <param name="Application">The number of its application.</param>
/// <param name="Depth">How much of it was read so far.</param>
/// <param name="IsNew">Whether it was not there before.</param>
/// <param name="Streams">The numbers of its streams there, in the order of the bundle.</param>
internal sealed record PointRow(long Id, long Application, CatalogDepth Depth, bool IsNew, ImmutableArray<long> Streams);
