using Waybill.Providers;

namespace Waybill.Catalog;

/// <summary>A snapshot that a platform has now.</summary>
/// <param name="Provider">The platform.</param>
/// <param name="Snapshot">The snapshot.</param>
public sealed record PlatformSnapshot(string Provider, SnapshotDescriptor Snapshot);
