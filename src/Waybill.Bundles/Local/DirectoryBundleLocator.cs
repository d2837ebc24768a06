using System.Runtime.CompilerServices;
using Waybill.Bundles.Format;

namespace Waybill.Bundles;

/// <summary>Finds bundles by id among the files of some directories. File names do not matter but for the extension.</summary>
/// <param name="directories">The directories, searched in this order, not below them.</param>
public sealed class DirectoryBundleLocator(IReadOnlyList<string> directories) : BundleLocator
{
    private const string Pattern = "*.waybill";

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ByteSource> FindAsync(ParentLink link, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(link);
        foreach (string directory in directories)
        {
            if (!Directory.Exists(directory))
            {
                continue;
            }

            foreach (string path in Directory.EnumerateFiles(directory, Pattern).Order(StringComparer.Ordinal))
            {
                if (await TryOpenAsync(path, link.Id, cancellationToken).ConfigureAwait(false) is { } source)
                {
                    yield return source;
                }
            }
        }
    }

    private static async ValueTask<ByteSource?> TryOpenAsync(string path, BundleId id, CancellationToken cancellationToken)
    {
        FileByteSource? source = null;
        try
        {
            source = FileByteSource.Open(path);
            var head = new byte[Preamble.Size];
            int read = await source.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
            if (Preamble.Read(head.AsSpan(0, read)).BundleId == id)
            {
                ByteSource found = source;
                source = null;
                return found;
            }
        }
        catch (WaybillException)
        {
            // Whatever else lies in the directory is not the bundle wanted.
        }
        finally
        {
            if (source is not null)
            {
                await source.DisposeAsync().ConfigureAwait(false);
            }
        }

        return null;
    }
}
