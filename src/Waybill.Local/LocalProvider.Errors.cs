using System.Text;

namespace Waybill.Local;

/// <content>Errors that several roles report.</content>
public sealed partial class LocalProvider
{
    private const int MaxNameLength = 128;

    private static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (Encoding.UTF8.GetByteCount(name) > MaxNameLength)
        {
            throw new ArgumentException($"A name has 1 to {MaxNameLength} bytes.", nameof(name));
        }
    }

    private ProviderException VolumeNotFound(VolumeId volume) =>
        new(WaybillErrorCode.VolumeNotFound, Name, "There is no such volume") { ObjectName = volume.ToString() };

    private ProviderException SnapshotNotFound(SnapshotId snapshot) =>
        new(WaybillErrorCode.SnapshotNotFound, Name, "There is no such snapshot") { ObjectName = snapshot.ToString() };

    private ProviderException InUse(VolumeId volume, string why) => new(WaybillErrorCode.ProviderBusy, Name, $"The volume is in use: {why}")
    {
        ObjectName = volume.ToString(),
        IsTransient = true,
        Hint = "Stop what uses it, and detach it.",
    };

    private ProviderException WrongKind(VolumeId volume, VolumeKind kind) => new(
        WaybillErrorCode.ProviderUnsupported, Name, kind == VolumeKind.Block ? "The volume is a tree of files, not blocks" : "The volume holds blocks, not a tree of files")
    {
        ObjectName = volume.ToString(),
    };

    private ProviderException Unsupported(VolumeId volume, string message) =>
        new(WaybillErrorCode.ProviderUnsupported, Name, message) { ObjectName = volume.ToString() };
}
