using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Waybill.Bundles;

/// <summary>Looks up users and groups of this machine, each once.</summary>
internal sealed unsafe class AccountNames
{
    private const int MaxBufferSize = 16 * 1024 * 1024;

    private readonly Dictionary<uint, ImmutableArray<byte>> _users = [];
    private readonly Dictionary<uint, ImmutableArray<byte>> _groups = [];
    private readonly Dictionary<FilePath, uint?> _userIds = [];
    private readonly Dictionary<FilePath, uint?> _groupIds = [];
    private int _bufferSize = 4096;

    private delegate int Lookup(Libc.Account* account, byte* buffer, nuint size, Libc.Account** result);

    private delegate int NameLookup(byte* name, Libc.Account* account, byte* buffer, nuint size, Libc.Account** result);

    private delegate void Take(Libc.Account account);

    /// <summary>Gets the name of a user; empty if it has none.</summary>
    public ImmutableArray<byte> GetUserName(uint id) => GetName(_users, id, (account, buffer, size, result) => Libc.GetUser(id, account, buffer, size, result));

    /// <summary>Gets the name of a group; empty if it has none.</summary>
    public ImmutableArray<byte> GetGroupName(uint id) => GetName(_groups, id, (account, buffer, size, result) => Libc.GetGroup(id, account, buffer, size, result));

    /// <summary>Gets the number of a user, or null if there is none by that name.</summary>
    public uint? FindUserId(ImmutableArray<byte> name) => FindId(_userIds, name, Libc.FindUser);

    /// <summary>Gets the number of a group, or null if there is none by that name.</summary>
    public uint? FindGroupId(ImmutableArray<byte> name) => FindId(_groupIds, name, Libc.FindGroup);

    private ImmutableArray<byte> GetName(Dictionary<uint, ImmutableArray<byte>> known, uint id, Lookup lookup)
    {
        if (known.TryGetValue(id, out ImmutableArray<byte> name))
        {
            return name;
        }

        ImmutableArray<byte> found = [];
        Find(lookup, account => found = [.. MemoryMarshal.CreateReadOnlySpanFromNullTerminated(account.Name)]);
        known.Add(id, found);
        return found;
    }

    // A name is looked up only if it is one component, which leaves out the empty name and any with NUL.
    private uint? FindId(Dictionary<FilePath, uint?> known, ImmutableArray<byte> name, NameLookup lookup)
    {
        if (name.IsEmpty || !FilePath.TryFromBytes(name.AsSpan(), out FilePath key))
        {
            return null;
        }

        if (known.TryGetValue(key, out uint? id))
        {
            return id;
        }

        uint? found = null;
        byte[] text = [.. name, 0];
        fixed (byte* pinned = text)
        {
            byte* z = pinned;
            Find((account, buffer, size, result) => lookup(z, account, buffer, size, result), account => found = account.Id);
        }

        known.Add(key, found);
        return found;
    }

    private void Find(Lookup lookup, Take take)
    {
        while (true)
        {
            byte* buffer = (byte*)NativeMemory.Alloc((nuint)_bufferSize);
            try
            {
                Libc.Account account;
                Libc.Account* result = null;
                int error = lookup(&account, buffer, (nuint)_bufferSize, &result);
                if (error != Errno.OutOfRange || _bufferSize >= MaxBufferSize)
                {
                    if (error == 0 && result != null)
                    {
                        take(account);
                    }

                    return;
                }
            }
            finally
            {
                NativeMemory.Free(buffer);
            }

            _bufferSize *= 4;
        }
    }
}
