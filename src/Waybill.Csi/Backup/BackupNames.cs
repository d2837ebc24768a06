namespace Waybill.Csi.Backup;

/// <summary>Names of the form NAMESPACE/NAME.</summary>
internal static class BackupNames
{
    public static (string Namespace, string Name) Split(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < text.Length - 1 && text.IndexOf('/', slash + 1) < 0 ? (text[..slash], text[(slash + 1)..])
            : throw BackupStatus.Invalid("A claim is named NAMESPACE/NAME");
    }
}
