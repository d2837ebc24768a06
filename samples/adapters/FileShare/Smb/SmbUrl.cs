using System.Text;

namespace Waybill.Samples.FileShare;

/// <summary>Makes the URLs that the library takes.</summary>
internal static class SmbUrl
{
    public static string Of(SmbVolume volume, FilePath path)
    {
        var url = new StringBuilder($"smb://{volume.Server}/");
        Append(url, Encoding.UTF8.GetBytes(volume.Share));
        foreach (FilePath part in (ReadOnlySpan<FilePath>)[volume.Directory, path])
        {
            if (!part.IsRoot)
            {
                url.Append('/');
                Append(url, part.Bytes);
            }
        }

        return url.ToString();
    }

    // Everything but what can have no other meaning is escaped, so that no name of a file can lead elsewhere.
    private static void Append(StringBuilder url, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)value) || value is (byte)'/' or (byte)'-' or (byte)'_' or (byte)'.')
            {
                url.Append((char)value);
            }
            else
            {
                url.Append(System.Globalization.CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }
    }
}
