namespace Waybill.Catalog.Scanning;

/// <summary>A place where a bundle may lie, and how it is opened.</summary>
internal sealed record BundlePlace(string Store, string Name, long Length, Func<CancellationToken, ValueTask<ByteSource>> Open);
