using System.Runtime.InteropServices;

namespace Waybill.Bundles;

/// <summary>Calls that look up users and groups.</summary>
internal static unsafe partial class Libc
{
    // struct passwd and struct group begin alike: name, password, number.
    [StructLayout(LayoutKind.Explicit, Size = 64)]
    public struct Account
    {
        [FieldOffset(0)]
        public byte* Name;

        [FieldOffset(16)]
        public uint Id;
    }

    [LibraryImport(Library, EntryPoint = "getpwuid_r")]
    public static partial int GetUser(uint id, Account* account, byte* buffer, nuint size, Account** result);

    [LibraryImport(Library, EntryPoint = "getgrgid_r")]
    public static partial int GetGroup(uint id, Account* account, byte* buffer, nuint size, Account** result);

    [LibraryImport(Library, EntryPoint = "getpwnam_r")]
    public static partial int FindUser(byte* name, Account* account, byte* buffer, nuint size, Account** result);

    [LibraryImport(Library, EntryPoint = "getgrnam_r")]
    public static partial int FindGroup(byte* name, Account* account, byte* buffer, nuint size, Account** result);
}
