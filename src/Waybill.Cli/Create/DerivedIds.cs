using System.Security.Cryptography;

namespace Waybill.Cli.Create;

/// <summary>Ids that follow from other ids, where nothing may come from chance.</summary>
internal static class DerivedIds
{
    /// <summary>Gets the lineage of an application in the reproducible profile: the same for the same application.</summary>
    public static LineageId LineageOf(AppId application)
    {
        byte[] hash = SHA256.HashData([.. "waybill-cli-lineage\0"u8, .. application.ToByteArray()]);

        // Version 8 of a UUID says: made by a rule of its own.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new LineageId(hash.AsSpan(0, LineageId.Size));
    }
}
