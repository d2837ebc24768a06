using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace Waybill.Samples.FileShare;

/// <summary>The names of users and groups on this system.</summary>
internal static class MountAccounts
{
    // The system answers in memory of its own, which the next question overwrites.
    private static readonly Lock s_gate = new();

    public static ImmutableArray<byte> User(uint id) => Find(MountLibrary.GetUser, id);

    public static ImmutableArray<byte> Group(uint id) => Find(MountLibrary.GetGroup, id);

    private static ImmutableArray<byte> Find(Func<uint, nint> find, uint id)
    {
        lock (s_gate)
        {
            nint account = find(id);
            return account == 0 ? [] : [.. Encoding.UTF8.GetBytes(Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(account)) ?? "")];
        }
    }
}
