using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Sets owner, attributes, mode and times, in the order in which none undoes another, and notes what cannot be set.</summary>
internal sealed class FileMetadataWriter(bool ownersByName, List<FileRestoreProblem> problems)
{
    private readonly AccountNames _accounts = new();

    /// <summary>Sets the metadata of an open file or directory.</summary>
    public void Apply(FileTreeEntry entry, SafeFileHandle file)
    {
        (uint user, uint group) = FindOwner(entry);
        Note(Libc.ChangeOwner(file, user, group), entry, "owner");
        foreach (FileXattr attribute in entry.Xattrs)
        {
            Note(Libc.SetXattr(file, Terminated(attribute.Name), attribute.Value.AsSpan()), entry, $"xattr {attribute.DisplayName}");
        }

        // Changing the owner or the content clears set-id bits, so the mode comes after both.
        Note(Libc.ChangeMode(file, (uint)entry.Mode), entry, "mode");
        if (entry.Modified is not null || entry.Accessed is not null)
        {
            Note(Libc.SetTimes(file, entry.Accessed, entry.Modified), entry, "times");
        }
    }

    /// <summary>Sets the metadata of something that is not opened: a link, device, pipe or socket just made in a directory.</summary>
    public void ApplyAt(FileTreeEntry entry, SafeFileHandle directory)
    {
        ReadOnlySpan<byte> name = entry.Path.Name;
        (uint user, uint group) = FindOwner(entry);
        Note(Libc.ChangeOwnerAt(directory, name, user, group), entry, "owner");
        Span<byte> buffer = stackalloc byte[ProcPath.MaxLength];
        ReadOnlySpan<byte> path = ProcPath.Write(buffer, directory, name);
        foreach (FileXattr attribute in entry.Xattrs)
        {
            Note(Libc.SetXattr(path, Terminated(attribute.Name), attribute.Value.AsSpan()), entry, $"xattr {attribute.DisplayName}");
        }

        // A link has no mode of its own, and the call would follow it.
        if (entry.Type != FileType.SymbolicLink)
        {
            Note(Libc.ChangeMode(path, (uint)entry.Mode), entry, "mode");
        }

        if (entry.Modified is not null || entry.Accessed is not null)
        {
            Note(Libc.SetTimesAt(directory, name, entry.Accessed, entry.Modified), entry, "times");
        }
    }

    private (uint User, uint Group) FindOwner(FileTreeEntry entry)
    {
        if (!ownersByName)
        {
            return (entry.UserId, entry.GroupId);
        }

        uint? user = entry.UserName.IsEmpty ? null : _accounts.FindUserId(entry.UserName);
        uint? group = entry.GroupName.IsEmpty ? null : _accounts.FindGroupId(entry.GroupName);
        return (user ?? entry.UserId, group ?? entry.GroupId);
    }

    private void Note(int result, FileTreeEntry entry, string what)
    {
        if (result != 0)
        {
            problems.Add(new FileRestoreProblem(entry.Path, what, Errno.Describe(Errno.Last)));
        }
    }

    private static byte[] Terminated(ImmutableArray<byte> name) => [.. name, 0];
}
