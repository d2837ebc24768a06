using System.Collections.Immutable;
using Waybill.Local;

namespace Waybill.Cli.Configuration;

/// <summary>A local platform.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PoolDirectory">Where its pool is.</param>
/// <param name="Volumes">What it offers beside the pool.</param>
internal sealed record ProviderSettings(string Name, string PoolDirectory, ImmutableArray<AttachedVolume> Volumes);
