using System.Runtime.InteropServices;

namespace Waybill.Samples.FileShare;

/// <summary>Samba's client library, <c>libsmbclient</c>, as far as it is used here. It keeps state of its own: one call at a time in a process.</summary>
internal static partial class SmbLibrary
{
    private const string Library = "libsmbclient.so.0";

    public const int ReadOnly = 0;
    public const int CreateNew = 1 | 0x40 | 0x80;
    public const int WriteOnly = 1;

    public static readonly SemaphoreSlim Gate = new(1);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    public delegate void Authenticate(nint context, nint server, nint share, nint domain, int domainLength, nint user, int userLength, nint password, int passwordLength);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate nint OpenDirectory(nint context, [MarshalAs(UnmanagedType.LPStr)] string url);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate nint ReadDirectory(nint context, nint directory, byte[] status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate int CloseHandle(nint context, nint handle);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate nint OpenFile(nint context, [MarshalAs(UnmanagedType.LPStr)] string url, int flags, uint mode);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate nint Transfer(nint context, nint file, nint buffer, nint count);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate long Seek(nint context, nint file, long offset, int origin);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate int Truncate(nint context, nint file, long length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate int MakeDirectory(nint context, [MarshalAs(UnmanagedType.LPStr)] string url, uint mode);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate int Remove(nint context, [MarshalAs(UnmanagedType.LPStr)] string url);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate int GetStatus(nint context, [MarshalAs(UnmanagedType.LPStr)] string url, byte[] status);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate int SetTimes(nint context, [MarshalAs(UnmanagedType.LPStr)] string url, long[] accessedAndModified);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate int GetXattr(nint context, [MarshalAs(UnmanagedType.LPStr)] string url, [MarshalAs(UnmanagedType.LPStr)] string name, byte[] value, nint size);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl, SetLastError = true)]
    public delegate int SetXattr(nint context, [MarshalAs(UnmanagedType.LPStr)] string url, [MarshalAs(UnmanagedType.LPStr)] string name, byte[] value, nint size, int flags);

    [LibraryImport(Library, EntryPoint = "smbc_new_context")]
    public static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "smbc_init_context")]
    public static partial nint InitContext(nint context);

    [LibraryImport(Library, EntryPoint = "smbc_free_context")]
    public static partial int FreeContext(nint context, int shutDown);

    [LibraryImport(Library, EntryPoint = "smbc_setTimeout")]
    public static partial void SetTimeout(nint context, int milliseconds);

    [LibraryImport(Library, EntryPoint = "smbc_setOptionProtocols", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetProtocols(nint context, string least, string most);

    [LibraryImport(Library, EntryPoint = "smbc_setFunctionAuthDataWithContext")]
    public static partial void SetAuthenticate(nint context, nint function);

    /// <summary>Finds one of the functions that a context has.</summary>
    public static T Function<T>(nint library, nint context, string name)
        where T : Delegate
    {
        var get = Marshal.GetDelegateForFunctionPointer<Getter>(NativeLibrary.GetExport(library, $"smbc_getFunction{name}"));
        return Marshal.GetDelegateForFunctionPointer<T>(get(context));
    }

    public static nint Load() => NativeLibrary.Load(Library);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint Getter(nint context);
}
