using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Local;

/// <summary>Removes a directory with all that is in it, whatever bytes names are made of, never following a link.</summary>
internal static class TreeRemoval
{
    private const int RecordsSize = 32 * 1024;
    private const int NameOffset = 19;

    /// <summary>Removes a tree. One that is not there is removed already.</summary>
    public static void Remove(string path, string provider)
    {
        using (SafeFileHandle root = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenNoFollow))
        {
            if (root.IsInvalid)
            {
                if (Errno.Last == Errno.NoEntry)
                {
                    return;
                }

                throw Errno.ToError(provider, Errno.Last, "The tree cannot be opened", path);
            }

            Empty(root, path, provider);
        }

        try
        {
            Directory.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody else removed it first.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.ProviderFailed, provider, $"The tree cannot be removed: {e.Message}", e) { ObjectName = path };
        }
    }

    private static void Empty(SafeFileHandle directory, string path, string provider)
    {
        var records = new byte[RecordsSize];
        while (true)
        {
            // From the start each time: what a directory lists while it is being emptied is not defined.
            if (Libc.Seek(directory, 0, 0) < 0)
            {
                throw Errno.ToError(provider, Errno.Last, "The tree cannot be read", path);
            }

            int count = (int)Libc.ReadDirectory(directory, records);
            if (count < 0)
            {
                throw Errno.ToError(provider, Errno.Last, "The tree cannot be read", path);
            }

            if (!RemoveAll(directory, records.AsSpan(0, count), path, provider))
            {
                return;
            }
        }
    }

    private static bool RemoveAll(SafeFileHandle directory, ReadOnlySpan<byte> records, string path, string provider)
    {
        bool any = false;
        while (!records.IsEmpty)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            ReadOnlySpan<byte> name = records[NameOffset..size];
            name = name[..(name.IndexOf((byte)0) + 1)];
            records = records[size..];
            if (name.SequenceEqual(".\0"u8) || name.SequenceEqual("..\0"u8))
            {
                continue;
            }

            any = true;
            const int IsDirectory = 21;
            if (Libc.RemoveAt(directory, name, 0) == 0 || Errno.Last == Errno.NoEntry)
            {
                continue;
            }

            if (Errno.Last is not (IsDirectory or Errno.NotPermitted))
            {
                throw Errno.ToError(provider, Errno.Last, "A file of the tree cannot be removed", path);
            }

            using (SafeFileHandle child = Libc.OpenAt(directory, name, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenNoFollow))
            {
                if (child.IsInvalid)
                {
                    throw Errno.ToError(provider, Errno.Last, "A directory of the tree cannot be opened", path);
                }

                Empty(child, path, provider);
            }

            if (Libc.RemoveAt(directory, name, Libc.RemoveDirectory) != 0 && Errno.Last != Errno.NoEntry)
            {
                throw Errno.ToError(provider, Errno.Last, "A directory of the tree cannot be removed", path);
            }
        }

        return any;
    }
}
