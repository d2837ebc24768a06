using System.Collections.Immutable;
using Waybill.Engine;

namespace Waybill.Samples.Definitions;

/// <summary>An application as its definition describes it.</summary>
/// <param name="Application">What the engine protects: origin, tags, definitions and the volumes that are mapped.</param>
/// <param name="Volumes">All volumes of the definition, mapped or not.</param>
/// <param name="Gaps">What the bundles will not hold, in the order of the definition; each is a tag <c>definition.gap</c> of the application too.</param>
public sealed record DefinedApplication(ProtectedApplication Application, ImmutableArray<DefinedVolume> Volumes, ImmutableArray<DefinitionGap> Gaps);
