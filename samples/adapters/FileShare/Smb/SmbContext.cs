using System.Runtime.InteropServices;
using System.Text;

namespace Waybill.Samples.FileShare;

/// <summary>A connection of the library, logged in with one grant. Only used under <see cref="SmbLibrary.Gate"/>.</summary>
internal sealed class SmbContext : IDisposable
{
    private const int NoData = 61;
    private const int XattrLimit = 64 * 1024;

    private readonly nint _context;
    private readonly SmbLibrary.Authenticate _authenticate;
    private readonly nint _library = SmbLibrary.Load();
    private readonly byte[] _status = new byte[512];
    private readonly byte[] _xattr = new byte[XattrLimit];

    public SmbContext(ShareGrant grant, string domain, TimeSpan limit)
    {
        _context = SmbLibrary.NewContext();
        _authenticate = (_, _, _, domainBuffer, domainLength, user, userLength, password, passwordLength) =>
        {
            if (domain.Length > 0)
            {
                Put(domain, domainBuffer, domainLength);
            }

            Put(grant.User, user, userLength);
            Put(grant.Secret, password, passwordLength);
        };
        SmbLibrary.SetAuthenticate(_context, Marshal.GetFunctionPointerForDelegate(_authenticate));
        SmbLibrary.SetTimeout(_context, (int)limit.TotalMilliseconds);

        // The oldest version is what one gets without saying so, and it is neither signed nor sealed.
        _ = SmbLibrary.SetProtocols(_context, "SMB2_10", "SMB3");
        if (SmbLibrary.InitContext(_context) == 0)
        {
            throw SmbError.Of(Marshal.GetLastSystemError(), "the library");
        }
    }

    public IReadOnlyList<ShareItem> List(string url)
    {
        nint directory = Function<SmbLibrary.OpenDirectory>("Opendir")(_context, url);
        SmbError.ThrowIf(directory == 0, url);
        var items = new List<ShareItem>();
        try
        {
            var read = Function<SmbLibrary.ReadDirectory>("ReaddirPlus2");
            while (true)
            {
                Marshal.SetLastPInvokeError(0);
                nint found = read(_context, directory, _status);
                if (found == 0)
                {
                    SmbError.ThrowIf(Marshal.GetLastPInvokeError() != 0, url);
                    return items;
                }

                if (SmbStatus.ReadItem(found, _status) is { } item)
                {
                    items.Add(item);
                }
            }
        }
        finally
        {
            _ = Function<SmbLibrary.CloseHandle>("Closedir")(_context, directory);
        }
    }

    public ShareItem Find(string url)
    {
        SmbError.ThrowIf(Function<SmbLibrary.GetStatus>("Stat")(_context, url, _status) != 0, url);
        return SmbStatus.ReadStatus(_status);
    }

    public nint Open(string url, int flags)
    {
        nint file = Function<SmbLibrary.OpenFile>("Open")(_context, url, flags, 0x180);
        SmbError.ThrowIf(file == 0, url);
        return file;
    }

    public void Close(nint file) => _ = Function<SmbLibrary.CloseHandle>("Close")(_context, file);

    public unsafe int Read(nint file, long offset, Span<byte> destination, string url)
    {
        SmbError.ThrowIf(Function<SmbLibrary.Seek>("Lseek")(_context, file, offset, 0) != offset, url);
        var read = Function<SmbLibrary.Transfer>("Read");
        int done = 0;
        while (done < destination.Length)
        {
            fixed (byte* buffer = destination[done..])
            {
                nint count = read(_context, file, (nint)buffer, destination.Length - done);
                SmbError.ThrowIf(count < 0, url);
                if (count == 0)
                {
                    break;
                }

                done += (int)count;
            }
        }

        return done;
    }

    public unsafe void Write(nint file, long offset, ReadOnlySpan<byte> source, string url)
    {
        SmbError.ThrowIf(Function<SmbLibrary.Seek>("Lseek")(_context, file, offset, 0) != offset, url);
        var write = Function<SmbLibrary.Transfer>("Write");
        while (!source.IsEmpty)
        {
            fixed (byte* buffer = source)
            {
                nint count = write(_context, file, (nint)buffer, source.Length);
                SmbError.ThrowIf(count <= 0, url);
                source = source[(int)count..];
            }
        }
    }

    public void SetLength(nint file, long length, string url) =>
        SmbError.ThrowIf(Function<SmbLibrary.Truncate>("Ftruncate")(_context, file, length) != 0, url);

    public void MakeDirectory(string url) => SmbError.ThrowIf(Function<SmbLibrary.MakeDirectory>("Mkdir")(_context, url, 0x1C0) != 0, url);

    public void Remove(string url) => SmbError.ThrowIf(Function<SmbLibrary.Remove>("Unlink")(_context, url) != 0, url);

    /// <summary>Sets the times; the library takes microseconds.</summary>
    public void SetTimes(string url, Timestamp accessed, Timestamp modified) => SmbError.ThrowIf(
        Function<SmbLibrary.SetTimes>("Utimes")(_context, url, [accessed.Seconds, accessed.Nanoseconds / 1000, modified.Seconds, modified.Nanoseconds / 1000]) != 0, url);

    /// <summary>Reads an attribute that the library makes of what the server says; <see langword="null"/> if it makes none.</summary>
    public string? GetXattr(string url, string name)
    {
        Array.Clear(_xattr);
        int result = Function<SmbLibrary.GetXattr>("Getxattr")(_context, url, name, _xattr, _xattr.Length - 1);
        if (result < 0 && Marshal.GetLastPInvokeError() == NoData)
        {
            return null;
        }

        SmbError.ThrowIf(result < 0, url);
        return Encoding.UTF8.GetString(_xattr.AsSpan(0, _xattr.AsSpan().IndexOf((byte)0)));
    }

    public void SetXattr(string url, string name, string value)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(value), 0];
        SmbError.ThrowIf(Function<SmbLibrary.SetXattr>("Setxattr")(_context, url, name, bytes, bytes.Length - 1, 0) != 0, url);
    }

    public void Dispose()
    {
        _ = SmbLibrary.FreeContext(_context, 1);
        GC.KeepAlive(_authenticate);
    }

    private static void Put(string text, nint buffer, int length)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int count = Math.Min(bytes.Length, length - 1);
        Marshal.Copy(bytes, 0, buffer, count);
        Marshal.WriteByte(buffer, count, 0);
    }

    private T Function<T>(string name)
        where T : Delegate => SmbLibrary.Function<T>(_library, _context, name);
}
