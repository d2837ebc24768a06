using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Waybill.Samples.FileShare;

/// <summary>Reads extended attributes, those included that clients of shares have and do not list.</summary>
internal static class MountXattrs
{
    private const int Limit = 64 * 1024;
    private const int NoData = 61;
    private const int NotSupported = 95;

    // The access lists of NFS version 4 and of SMB: a client gives them to whoever knows the name.
    private static readonly byte[][] s_unlisted = [[.. "system.nfs4_acl"u8], [.. "system.cifs_acl"u8]];

    public static (ImmutableArray<FileXattr> Xattrs, string Problem) Read(byte[] path)
    {
        var buffer = new byte[Limit];
        nint length = MountLibrary.ListXattrs(path, buffer, Limit);
        int error = length < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (error is not (0 or NotSupported))
        {
            return ([], $"they cannot be listed: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        var xattrs = new List<FileXattr>();
        string problem = "";
        foreach (byte[] name in Names(buffer.AsSpan(0, (int)Math.Max(length, 0))))
        {
            nint size = MountLibrary.GetXattr(path, MountLibrary.Terminated(name), buffer, Limit);
            if (size >= 0)
            {
                xattrs.Add(new FileXattr([.. name], [.. buffer.AsSpan(0, (int)size)]));
            }
            else if (Marshal.GetLastPInvokeError() is not (NoData or NotSupported) and int failed)
            {
                problem = $"one cannot be read: {Marshal.GetPInvokeErrorMessage(failed)}";
            }
        }

        xattrs.Sort((one, other) => one.Name.AsSpan().SequenceCompareTo(other.Name.AsSpan()));
        return ([.. xattrs], problem);
    }

    private static List<byte[]> Names(ReadOnlySpan<byte> listed)
    {
        var names = new List<byte[]>(s_unlisted);
        while (listed.IndexOf((byte)0) is >= 0 and int end)
        {
            byte[] name = listed[..end].ToArray();
            listed = listed[(end + 1)..];
            if (!names.Exists(known => known.AsSpan().SequenceEqual(name)))
            {
                names.Add(name);
            }
        }

        return names;
    }
}
