using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Removes all that is in a directory, whatever bytes names are made of, never following a link and never on another file system.</summary>
internal static class DirectoryEmptying
{
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetWriteFailed"/> if something cannot be removed.</exception>
    public static void Run(SafeFileHandle directory, string path, byte[] buffer, CancellationToken cancellationToken) =>
        Run(directory, Libc.TryGetStatus(directory, out FileStatus status) ? status.Device : throw Errno.ToTargetError(Errno.Last, path), path, buffer, cancellationToken);

    private static void Run(SafeFileHandle directory, ulong device, string path, byte[] buffer, CancellationToken cancellationToken)
    {
        DirectoryNames names = DirectoryNames.Read(directory, FilePath.Root, buffer);
        if (names.Problem is { } problem)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", $"A directory cannot be emptied: {problem}") { ObjectName = path };
        }

        for (int i = 0; i < names.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> name = names.GetName(i);
            if (Libc.RemoveAt(directory, name) == 0 || Errno.Last == Errno.NoEntry)
            {
                continue;
            }

            int refused = Errno.Last;
            using (SafeFileHandle child = Libc.OpenAt(directory, name, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenNoFollow))
            {
                if (child.IsInvalid && Errno.Last == Errno.NoEntry)
                {
                    continue;
                }

                if (child.IsInvalid)
                {
                    // It is none: why it was not removed as a file is what matters.
                    throw Errno.ToTargetError(Errno.Last == Errno.NotDirectory ? refused : Errno.Last, path);
                }

                if (!Libc.TryGetStatus(child, out FileStatus status) || status.Device != device)
                {
                    throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", "A directory is not emptied: another file system is mounted in it") { ObjectName = path };
                }

                Run(child, device, path, buffer, cancellationToken);
            }

            if (Libc.RemoveDirectoryAt(directory, name) != 0 && Errno.Last != Errno.NoEntry)
            {
                throw Errno.ToTargetError(Errno.Last, path);
            }
        }
    }
}
