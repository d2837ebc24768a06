using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>Streams that show the same moment, and how consistent they are.</summary>
/// <param name="Evidence">The level and what supports it.</param>
/// <param name="StreamNumbers">The streams, ascending.</param>
public sealed record ConsistencyGroup(ConsistencyEvidence Evidence, ImmutableArray<int> StreamNumbers);
