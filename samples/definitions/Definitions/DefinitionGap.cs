namespace Waybill.Samples.Definitions;

/// <summary>A part of an application that its bundles do not hold, or not in the place where it would be looked for.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Reference">What, such as <c>compose-spec/v1/Project/shop/volumes/cache</c>.</param>
/// <param name="Reason">The reason, as a sentence.</param>
public sealed record DefinitionGap(DefinitionGapKind Kind, string Reference, string Reason);
