namespace Waybill.Bundles;

/// <summary>An entry found in a salvaged stream of entries.</summary>
/// <typeparam name="T"><see cref="FileTreeEntry"/> or <see cref="ResourceObject"/>.</typeparam>
/// <param name="Value">The entry.</param>
/// <param name="FollowsGap">
/// Whether it stands behind an unknown range, so that its beginning had to be searched for. Content of a lost entry that looks like an entry
/// cannot be told from one then: whoever could choose that content could have forged it.
/// </param>
public readonly record struct SalvagedEntry<T>(T Value, bool FollowsGap);
