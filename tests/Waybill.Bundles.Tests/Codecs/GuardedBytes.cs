using System.Runtime.InteropServices;

namespace Waybill.Bundles.Tests.Codecs;

/// <summary>Bytes directly before or after a page that must not be touched: a read or write outside ends the process.</summary>
internal sealed unsafe partial class GuardedBytes : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;

    private readonly nint _map;
    private readonly nuint _mapLength;
    private readonly byte* _start;
    private readonly int _length;

    public GuardedBytes(int length, bool atEnd)
    {
        nuint page = (nuint)Environment.SystemPageSize;
        nuint room = ((nuint)length + page - 1) / page * page;
        _mapLength = room + (2 * page);
        _map = Map(0, _mapLength, ReadWrite, PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, _map);
        Assert.Equal(0, Protect(_map, page, 0));
        Assert.Equal(0, Protect(_map + (nint)(page + room), page, 0));
        _start = (byte*)_map + page + (atEnd ? room - (nuint)length : 0);
        _length = length;
    }

    public Span<byte> Span => new(_start, _length);

    public void Dispose() => Assert.Equal(0, Unmap(_map, _mapLength));

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
