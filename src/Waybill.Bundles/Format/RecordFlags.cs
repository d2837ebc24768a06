namespace Waybill.Bundles.Format;

/// <summary>Record flags, spec F-18.</summary>
[Flags]
internal enum RecordFlags : byte
{
    None = 0,
    Critical = 1,
    Encrypted = 2,
    ReservedBreaking = 0b0011_1100,
    ReservedIgnorable = 0b1100_0000,
}
