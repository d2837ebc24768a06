namespace Waybill.Samples.QemuNbd;

/// <summary>A part of a structured reply. The highest bit marks an error.</summary>
internal enum NbdChunk : ushort
{
    None = 0,
    OffsetData = 1,
    OffsetHole = 2,
    BlockStatus = 5,
    ErrorBit = 0x8000,
    Error = 0x8001,
    ErrorOffset = 0x8002,
}
