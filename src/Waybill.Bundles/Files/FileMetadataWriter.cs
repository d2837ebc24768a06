using System.Collections.Immutable;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Sets owner, attributes, mode and times, in the order in which none undoes another, and notes what cannot be set.</summary>
internal sealed class FileMetadataWriter(bool ownersByName, List<FileRestoreProblem> problems)
{
    private const uint SetIdBits = 0xC00;

    private readonly AccountNames _accounts = new();

    /// <summary>Tells whether the source could not read the metadata: then none of it means anything, and what is made stays its owner's only.</summary>
    public static bool IsUnknown(FileTreeEntry entry) => entry.Type != FileType.SymbolicLink && entry.Gaps.Any(g => g.What == FileGap.Metadata);

    /// <summary>Sets the metadata of an open file or directory.</summary>
    public void Apply(FileTreeEntry entry, SafeFileHandle file)
    {
        if (IsUnknown(entry))
        {
            return;
        }

        (uint user, uint group) = FindOwner(entry);
        bool owned = Note(Libc.ChangeOwner(file, user, group), entry, "owner");
        foreach (FileXattr attribute in entry.Xattrs)
        {
            Note(Libc.SetXattr(file, Terminated(attribute.Name), attribute.Value.AsSpan()), entry, $"xattr {attribute.DisplayName}");
        }

        // Changing the owner or the content clears set-id bits, so the mode comes after both.
        uint mode = GetMode(entry, owned);
        if (Note(Libc.ChangeMode(file, mode), entry, "mode"))
        {
            CheckMode(entry, mode, Libc.TryGetStatus(file, out FileStatus status) ? status.Permissions : mode);
        }

        if (entry.Modified is not null || entry.Accessed is not null)
        {
            Note(Libc.SetTimes(file, entry.Accessed, entry.Modified), entry, "times");
        }
    }

    /// <summary>Sets the metadata of something that is not opened: a link, device, pipe or socket just made in a directory.</summary>
    public void ApplyAt(FileTreeEntry entry, SafeFileHandle directory)
    {
        if (IsUnknown(entry))
        {
            return;
        }

        ReadOnlySpan<byte> name = entry.Path.Name;
        (uint user, uint group) = FindOwner(entry);
        bool owned = Note(Libc.ChangeOwnerAt(directory, name, user, group), entry, "owner");
        Span<byte> buffer = stackalloc byte[ProcPath.MaxLength];
        ReadOnlySpan<byte> path = ProcPath.Write(buffer, directory, name);
        foreach (FileXattr attribute in entry.Xattrs)
        {
            Note(Libc.SetXattr(path, Terminated(attribute.Name), attribute.Value.AsSpan()), entry, $"xattr {attribute.DisplayName}");
        }

        // A link has no mode of its own.
        if (entry.Type != FileType.SymbolicLink)
        {
            ChangeModeAt(entry, directory, GetMode(entry, owned));
        }

        if (entry.Modified is not null || entry.Accessed is not null)
        {
            Note(Libc.SetTimesAt(directory, name, entry.Accessed, entry.Modified), entry, "times");
        }
    }

    // There is no call that sets the mode of a name without following a link, so the thing itself is held and its mode set by that.
    private void ChangeModeAt(FileTreeEntry entry, SafeFileHandle directory, uint mode)
    {
        using SafeFileHandle node = Libc.OpenAt(directory, entry.Path.Name, Libc.OpenPath | Libc.OpenNoFollow);
        Span<byte> buffer = stackalloc byte[ProcPath.MaxLength];
        FileStatus status = default;
        if (!Note(node.IsInvalid || !Libc.TryGetStatus(node, out status) ? -1 : 0, entry, "mode"))
        {
            return;
        }

        if (DirectoryWalker.ToFileType(status.Kind) != entry.Type)
        {
            problems.Add(new FileRestoreProblem(entry.Path, "mode", "something else took its place"));
            return;
        }

        if (Note(Libc.ChangeMode(ProcPath.Write(buffer, node), mode), entry, "mode"))
        {
            CheckMode(entry, mode, Libc.TryGetStatus(node, out status) ? status.Permissions : mode);
        }
    }

    // A program must not run with the rights of whoever happens to own it here.
    private uint GetMode(FileTreeEntry entry, bool owned)
    {
        var mode = (uint)entry.Mode;
        if (owned || (mode & SetIdBits) == 0 || entry.Type == FileType.Directory)
        {
            return mode;
        }

        problems.Add(new FileRestoreProblem(entry.Path, "mode", "set-user-id and set-group-id were left out because the owner could not be set"));
        return mode & ~SetIdBits;
    }

    // The kernel drops the set-group-id bit of a group one is not in without calling it an error.
    private void CheckMode(FileTreeEntry entry, uint wanted, uint actual)
    {
        if (actual != wanted)
        {
            problems.Add(new FileRestoreProblem(entry.Path, "mode", $"it became {Convert.ToString(actual, 8)} instead of {Convert.ToString(wanted, 8)}"));
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

    private bool Note(int result, FileTreeEntry entry, string what)
    {
        if (result != 0)
        {
            problems.Add(new FileRestoreProblem(entry.Path, what, Errno.Describe(Errno.Last)));
        }

        return result == 0;
    }

    private static byte[] Terminated(ImmutableArray<byte> name) => [.. name, 0];
}
