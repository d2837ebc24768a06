using Waybill.Cli.Keys;

namespace Waybill.Cli.Rewrite;

/// <summary>What a copy is made of.</summary>
/// <param name="Source">The bundle.</param>
/// <param name="Keys">What opens it, and who signs.</param>
/// <param name="Recipients">Who can open the copy; null if that does not change.</param>
internal sealed record BundleCopySource(ByteSource Source, KeyRing Keys, RecipientList? Recipients);
