namespace Waybill.Samples.QemuNbd;

/// <summary>How a server answers an option. The highest bit marks an error.</summary>
internal enum NbdOptionReply : uint
{
    Ack = 1,
    Info = 3,
    MetaContext = 4,
    ErrorUnsupported = 0x8000_0001,
    ErrorPolicy = 0x8000_0002,
    ErrorInvalid = 0x8000_0003,
    ErrorUnknown = 0x8000_0006,
    ErrorShutdown = 0x8000_0007,
    ErrorBlockSizeRequired = 0x8000_0008,
}
