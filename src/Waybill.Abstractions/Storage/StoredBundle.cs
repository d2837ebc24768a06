namespace Waybill.Storage;

/// <summary>A bundle in a store.</summary>
/// <param name="Name">Its name in the store.</param>
/// <param name="Length">Its size in bytes.</param>
public sealed record StoredBundle(string Name, long Length);
