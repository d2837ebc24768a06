namespace Waybill.Samples.QemuNbd;

/// <summary>A persistent bitmap in an image file.</summary>
/// <param name="Granularity">How many bytes a bit stands for.</param>
/// <param name="IsInUse">Whether a server has it, or had it when it was killed: then writes are missing in it.</param>
/// <param name="Records">Whether a server that opens the image for writing records in it.</param>
internal sealed record BitmapInfo(int Granularity, bool IsInUse, bool Records);
