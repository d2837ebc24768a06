using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Waybill.Bundles;

namespace Waybill.Samples.FileShare;

/// <summary>
/// Reads a share that is mounted. Content is opened by the SDK's <see cref="DirectoryTreeSource"/>; the walk is one of our own, since leave
/// must be asked before a directory is listed, and that source lists what it walks.
/// </summary>
internal sealed class MountReader : IShareReader
{
    private const int NoFollow = 0x100;
    private const int EmptyPath = 0x1000;

    // struct dirent of 64-bit Linux.
    private const int NameOffset = 19;

    private readonly DirectoryTreeSource _content;
    private readonly SafeFileHandle _root;
    private readonly MountLinks _links = new();

    public MountReader(MountedVolume volume)
    {
        _content = DirectoryTreeSource.Open(volume.Path);
        _root = MountLibrary.OpenRoot(volume.Path);
        ThrowIf(_root.IsInvalid, FilePath.Root);
    }

    public string Blindness => "";

    public ValueTask<ShareItem> FindAsync(FilePath path, CancellationToken cancellationToken) => RunAsync(
        () =>
        {
            using SafeFileHandle parent = Enter(path.Parent);
            return new MountStatus(GetStatus(parent, path)).ToItem(path.Name);
        },
        cancellationToken);

    public ValueTask<IReadOnlyList<ShareItem>> ListAsync(FilePath directory, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<ShareItem>>(() => List(directory), cancellationToken);

    public ValueTask<FileTreeEntry> DescribeAsync(FileTreeEntry entry, CancellationToken cancellationToken) => RunAsync(() => Describe(entry), cancellationToken);

    public ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken) => _content.OpenAsync(entry, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _root.Dispose();
        await _content.DisposeAsync().ConfigureAwait(false);
    }

    // A server that is slow blocks the call: not on the caller's thread.
    private static async ValueTask<T> RunAsync<T>(Func<T> call, CancellationToken cancellationToken) => await Task.Run(call, cancellationToken).ConfigureAwait(false);

    private unsafe List<ShareItem> List(FilePath path)
    {
        using SafeFileHandle directory = Enter(path);
        nint stream = MountLibrary.OpenStream(MountLibrary.Duplicate(directory));
        ThrowIf(stream == 0, path);
        var items = new List<ShareItem>();
        try
        {
            while (MountLibrary.ReadStream(stream) is not 0 and nint found)
            {
                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)found + NameOffset);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    Add(items, directory, name);
                }

                Marshal.SetLastPInvokeError(0);
            }

            ThrowIf(Marshal.GetLastPInvokeError() != 0, path);
            return items;
        }
        finally
        {
            _ = MountLibrary.CloseStream(stream);
        }
    }

    private static void Add(List<ShareItem> items, SafeFileHandle directory, ReadOnlySpan<byte> name)
    {
        var bytes = new byte[MountStatus.Size];
        if (MountLibrary.GetStatus(directory, MountLibrary.Terminated(name), NoFollow, MountStatus.Everything, bytes) == 0)
        {
            items.Add(new MountStatus(bytes).ToItem(name));
        }
        else if (Marshal.GetLastPInvokeError() != MountLibrary.NoEntry)
        {
            // It is there, and nothing more is known: describing it fails the same way and says why.
            items.Add(new ShareItem([.. name], FileType.Regular));
        }
    }

    private FileTreeEntry Describe(FileTreeEntry entry)
    {
        FilePath path = entry.Path;
        using SafeFileHandle parent = Enter(path.Parent);
        var status = new MountStatus(GetStatus(parent, path));

        // The directory that is open, not once more its name.
        string place = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{parent.DangerousGetHandle()}/");
        (ImmutableArray<FileXattr> xattrs, string problem) = MountXattrs.Read([.. Encoding.UTF8.GetBytes(place), .. path.IsRoot ? "."u8 : path.Name, 0]);
        bool isDevice = entry.Type is FileType.CharacterDevice or FileType.BlockDevice;
        return entry with
        {
            Mode = status.Mode & 0xFFF,
            UserId = status.UserId,
            GroupId = status.GroupId,
            UserName = MountAccounts.User(status.UserId),
            GroupName = MountAccounts.Group(status.GroupId),
            LinkTarget = entry.Type == FileType.SymbolicLink ? ReadLink(parent, path) : [],
            DeviceMajor = isDevice ? status.Special.Major : 0,
            DeviceMinor = isDevice ? status.Special.Minor : 0,
            LinkGroup = entry.Type == FileType.Directory ? 0 : _links.GetGroup(status),
            AllocatedSize = entry.Type == FileType.Regular ? status.Allocated : null,
            Xattrs = xattrs,
            Gaps = problem.Length == 0 ? entry.Gaps : entry.Gaps.Add(new FileGap(FileGap.Xattrs, problem)),
        };
    }

    /// <summary>Opens a directory name by name, so that no link that was put in the way is followed.</summary>
    private SafeFileHandle Enter(FilePath path)
    {
        SafeFileHandle directory = MountLibrary.OpenDirectory(_root, "."u8);
        ThrowIf(directory.IsInvalid, path);
        ReadOnlySpan<byte> rest = path.Bytes;
        while (!rest.IsEmpty)
        {
            int slash = rest.IndexOf((byte)'/');
            using SafeFileHandle above = directory;
            directory = MountLibrary.OpenDirectory(above, slash < 0 ? rest : rest[..slash]);
            ThrowIf(directory.IsInvalid, path);
            rest = slash < 0 ? [] : rest[(slash + 1)..];
        }

        return directory;
    }

    private static byte[] GetStatus(SafeFileHandle directory, FilePath path)
    {
        var bytes = new byte[MountStatus.Size];
        int flags = path.IsRoot ? EmptyPath : NoFollow;
        ThrowIf(MountLibrary.GetStatus(directory, MountLibrary.Terminated(path.Name), flags, MountStatus.Everything, bytes) != 0, path);
        return bytes;
    }

    private static ImmutableArray<byte> ReadLink(SafeFileHandle directory, FilePath path)
    {
        var target = new byte[65_536];
        nint length = MountLibrary.ReadLink(directory, MountLibrary.Terminated(path.Name), target, target.Length);
        ThrowIf(length < 0, path);
        return [.. target.AsSpan(0, (int)length)];
    }

    private static void ThrowIf(bool failed, FilePath path)
    {
        if (failed)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "mounted", Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())) { ObjectName = path.ToString() };
        }
    }
}
