using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Waybill.Bundles;

namespace Waybill.Local;

/// <summary>Copies a tree of files with all metadata; contents are cloned where the file system can.</summary>
internal sealed class TreeCopy
{
    private const int ChunkSize = 1 << 20;

    private readonly string _provider;
    private readonly bool _clone;

    public TreeCopy(string provider, bool clone)
    {
        _provider = provider;
        _clone = clone;
    }

    /// <summary>Copies a tree into a new directory and makes it durable.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.ProviderFailed"/>: something could not be read or made as it was.</exception>
    public async Task RunAsync(string source, string path, CancellationToken cancellationToken)
    {
        DirectoryTreeSource from = DirectoryTreeSource.Open(source);
        await using (from.ConfigureAwait(false))
        {
            DirectoryTreeTarget to = DirectoryTreeTarget.Create(path, options: null, cancellationToken);
            await using (to.ConfigureAwait(false))
            {
                using SafeFileHandle sourceRoot = Libc.Open(source, Libc.OpenReadOnly | Libc.OpenDirectory);
                using SafeFileHandle targetRoot = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenDirectory);
                await foreach (FileTreeEntry entry in from.ListAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (entry.Gaps is [var gap, ..])
                    {
                        throw Fail(entry.Path, gap.Reason);
                    }

                    if (await to.BeginAsync(entry, cancellationToken).ConfigureAwait(false) && !TryClone(sourceRoot, targetRoot, entry))
                    {
                        await CopyAsync(from, to, entry, cancellationToken).ConfigureAwait(false);
                    }
                }

                await to.CompleteAsync(cancellationToken).ConfigureAwait(false);
                if (to.Problems is [var problem, ..])
                {
                    throw Fail(problem.Path, $"{problem.What}: {problem.Reason}");
                }
            }
        }
    }

    private static async Task CopyAsync(DirectoryTreeSource from, DirectoryTreeTarget to, FileTreeEntry entry, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            FileContent content = await from.OpenAsync(entry, cancellationToken).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                await foreach (ByteRange range in content.GetDataRangesAsync(cancellationToken).ConfigureAwait(false))
                {
                    for (long position = range.Offset; position < range.End;)
                    {
                        Memory<byte> chunk = buffer.AsMemory(0, (int)Math.Min(ChunkSize, range.End - position));
                        int count = await content.ReadAsync(position, chunk, cancellationToken).ConfigureAwait(false);
                        if (count == 0)
                        {
                            break;
                        }

                        await to.WriteAsync(position, chunk[..count], cancellationToken).ConfigureAwait(false);
                        position += count;
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // The target has made the file and gives it its metadata when the next one begins, so its content can come from anywhere meanwhile.
    private bool TryClone(SafeFileHandle sourceRoot, SafeFileHandle targetRoot, FileTreeEntry entry)
    {
        if (!_clone || entry.Size == 0)
        {
            return false;
        }

        using SafeFileHandle source = Libc.OpenBelow(sourceRoot, entry.Path.Bytes, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenNoTerminal);
        using SafeFileHandle target = source.IsInvalid ? new SafeFileHandle() : Libc.OpenBelow(targetRoot, entry.Path.Bytes, Libc.OpenReadWrite);
        return !source.IsInvalid && !target.IsInvalid && Libc.Clone(target, source) == 0;
    }

    private ProviderException Fail(FilePath path, string reason) =>
        new(WaybillErrorCode.ProviderFailed, _provider, $"The tree cannot be copied as it is: {reason}") { ObjectName = path.ToString() };
}
