using Waybill.Samples.Definitions.Documents;

namespace Waybill.Samples.Definitions.Compose;

/// <summary>An entry of what may be written as a mapping or as a list of <c>KEY=VALUE</c>.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value with its variables replaced; <see langword="null"/> if only the key stands there.</param>
/// <param name="Node">Where it is.</param>
internal sealed record ComposePair(string Key, Interpolated? Value, DefinitionNode Node);
