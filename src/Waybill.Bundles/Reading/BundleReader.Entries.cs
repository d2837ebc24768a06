using System.Runtime.CompilerServices;
using Waybill.Bundles.Chains;
using Waybill.Bundles.Entries;
using Waybill.Bundles.Resources;

namespace Waybill.Bundles;

/// <content>Listing entries; streams of entries never need a parent.</content>
public sealed partial class BundleReader
{
    /// <summary>Lists the definitions, Secrets apart.</summary>
    /// <param name="secrets">Whether to list the Secrets instead of all else.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The objects in restore order within their stream; none if the bundle has no such stream.</returns>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.EntryInvalid"/>, or what reading the stream reports.</exception>
    public async IAsyncEnumerable<ResourceObject> ReadResourcesAsync(bool secrets, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        StreamKind kind = secrets ? StreamKind.Secrets : StreamKind.Resources;
        await foreach (RawEntry entry in ReadRawEntriesAsync(kind, null, cancellationToken).ConfigureAwait(false))
        {
            yield return ResourceCodec.Decode(entry.Meta.Span, entry.Body, secrets, entry.Place);
        }
    }

    /// <summary>Lists the files of a tree, parents before what is in them.</summary>
    /// <param name="name">The name of the tree.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The entries in the format's order.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.StreamNotFound"/>, <see cref="WaybillErrorCode.EntryInvalid"/>, <see cref="WaybillErrorCode.UnsafeName"/>, or what reading
    /// the stream reports.
    /// </exception>
    public async IAsyncEnumerable<FileTreeEntry> ReadFileEntriesAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Manifest.FindStream(StreamKind.FileMeta, name) is null)
        {
            throw new WaybillException(WaybillErrorCode.StreamNotFound, $"The bundle has no file tree '{name}'") { ObjectName = Name, Hint = "'waybill bundle show' lists what is inside." };
        }

        long dataLength = Manifest.FindStream(StreamKind.FileData, name)?.VirtualLength ?? 0;
        var rules = new FileTreeRules();
        await foreach (RawEntry entry in ReadRawEntriesAsync(StreamKind.FileMeta, name, cancellationToken).ConfigureAwait(false))
        {
            FileTreeEntry file = FileEntryCodec.Decode(entry.Meta.Span, dataLength, entry.Place);
            rules.Add(file, entry.Place);
            yield return file;
        }

        rules.Complete();
    }

    private async IAsyncEnumerable<RawEntry> ReadRawEntriesAsync(StreamKind kind, string? name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (StreamInfo stream in Manifest.Streams)
        {
            if (stream.Kind != kind || (name is not null && stream.Name != name))
            {
                continue;
            }

            var content = new ResolvedStream([(this, stream)]);
            await using (content.ConfigureAwait(false))
            {
                await foreach (RawEntry entry in EntryReader.ReadAsync(content, kind, cancellationToken).ConfigureAwait(false))
                {
                    yield return entry;
                }
            }
        }
    }
}
