namespace Waybill.Samples.QemuNbd;

/// <summary>What an image file says of itself.</summary>
/// <param name="Length">The size of its content.</param>
/// <param name="Bitmaps">Its persistent bitmaps by name.</param>
internal sealed record ImageInfo(long Length, IReadOnlyDictionary<string, BitmapInfo> Bitmaps);
