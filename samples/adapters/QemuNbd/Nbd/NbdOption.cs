namespace Waybill.Samples.QemuNbd;

/// <summary>What a client asks for before the transmission begins.</summary>
internal enum NbdOption : uint
{
    Go = 7,
    StructuredReply = 8,
    SetMetaContext = 10,
}
