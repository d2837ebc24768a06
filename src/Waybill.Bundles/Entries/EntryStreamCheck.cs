using Waybill.Bundles.Resources;

namespace Waybill.Bundles.Entries;

/// <summary>Checks the entries of one stream as its bytes go by.</summary>
internal abstract class EntryStreamCheck(StreamInfo stream)
{
    private readonly EntryAssembler _assembler = new(stream.Kind);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        foreach (RawEntry entry in _assembler.Append(bytes))
        {
            Check(entry);
        }
    }

    /// <summary>Checks the end of the stream against what the manifest says of its entries.</summary>
    public void Complete(BundleManifest manifest, StreamInfo stated)
    {
        _assembler.Complete();
        CompleteCore(manifest, stated);
        if (stated.EntryCount != _assembler.Count)
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, $"The manifest counts {stated.EntryCount} entries in '{stated.Name}'; there are {_assembler.Count}");
        }
    }

    protected abstract void Check(RawEntry entry);

    protected virtual void CompleteCore(BundleManifest manifest, StreamInfo stated)
    {
    }
}

/// <summary>Checks resources: Secrets apart, restore positions unique over both streams.</summary>
internal sealed class ResourceStreamCheck(StreamInfo stream, HashSet<int> ordinals, bool needsBlinding) : EntryStreamCheck(stream)
{
    private readonly bool _secrets = stream.Kind == StreamKind.Secrets;
    private bool _blindingDue = needsBlinding;

    protected override void Check(RawEntry entry)
    {
        ResourceObject resource = ResourceCodec.Decode(entry.Meta.Span, entry.Body, _secrets, entry.Place);
        if (_blindingDue && !ResourceCodec.HasBlinding(entry.Meta.Span))
        {
            throw new BundleFormatException(WaybillErrorCode.EntryInvalid, "The first Secret of an encrypted bundle has no blinding") { Offset = entry.Place };
        }

        _blindingDue = false;
        if (!ordinals.Add(resource.Ordinal))
        {
            throw new BundleFormatException(WaybillErrorCode.EntryInvalid, "Two resources have the same restore position") { Offset = entry.Place };
        }
    }
}
