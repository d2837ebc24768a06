namespace Waybill.Cli.Resources;

/// <summary>One object of a file: what was parsed, and the exact bytes it was parsed from.</summary>
/// <param name="Root">The parsed object.</param>
/// <param name="Start">The first byte of its slice of the file.</param>
/// <param name="End">The first byte after the slice.</param>
internal readonly record struct DefinitionDocument(DefinitionNode Root, long Start, long End);
