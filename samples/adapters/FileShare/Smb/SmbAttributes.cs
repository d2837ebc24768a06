namespace Waybill.Samples.FileShare;

/// <summary>The names under which a tree keeps what only SMB has, as extended attributes.</summary>
internal static class SmbAttributes
{
    /// <summary>The security descriptor, in the library's text.</summary>
    public const string Security = "system.nt_sec_desc.*";

    /// <summary>The name of the owner.</summary>
    public const string OwnerName = "system.nt_sec_desc.owner+";

    /// <summary>The name of the group.</summary>
    public const string GroupName = "system.nt_sec_desc.group+";
}
