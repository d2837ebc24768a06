using Google.Protobuf;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Resources;

/// <summary>Maps a resource between the public model and its entry, spec 8.2.</summary>
internal static class ResourceCodec
{
    /// <summary>How many random bytes the first Secret of an encrypted bundle has (E-14).</summary>
    public const int BlindingSize = 32;

    public static byte[] EncodeMeta(ResourceObject resource, ReadOnlySpan<byte> blinding = default)
    {
        var wire = new Wire.ResourceEntry
        {
            Ordinal = (uint)resource.Ordinal,
            ApiVersion = resource.ApiVersion,
            Kind = resource.Kind,
            Namespace = resource.Namespace,
            Name = resource.Name,
            Uid = resource.Uid,
            ResourceVersion = resource.ResourceVersion,
            MediaType = resource.MediaType,
            OriginName = ByteString.CopyFrom(resource.OriginName.Span),
            Blinding = ByteString.CopyFrom(blinding),
        };
        wire.Owners.Add(resource.Owners.Select(o => new Wire.OwnerReference { ApiVersion = o.ApiVersion, Kind = o.Kind, Name = o.Name, Uid = o.Uid, Controller = o.IsController }));
        return wire.ToByteArray();
    }

    /// <summary>Whether an entry that was decoded before carries blinding.</summary>
    public static bool HasBlinding(ReadOnlySpan<byte> meta) => Wire.ResourceEntry.Parser.ParseFrom(meta).Blinding.Length == BlindingSize;

    public static ResourceObject Decode(ReadOnlySpan<byte> meta, ReadOnlyMemory<byte> body, bool fromSecrets, long place)
    {
        Wire.ResourceEntry wire = StrictMessage.Parse(Wire.ResourceEntry.Parser, Wire.ResourceEntry.Descriptor, meta, place);
        var resource = new ResourceObject
        {
            Ordinal = wire.Ordinal < BundleFormat.MaxResources ? (int)wire.Ordinal : throw Invalid("A resource has a restore position above the limit", place),
            ApiVersion = wire.ApiVersion,
            Kind = wire.Kind,
            Namespace = wire.Namespace,
            Name = wire.Name,
            Uid = wire.Uid,
            ResourceVersion = wire.ResourceVersion,
            Owners = [.. wire.Owners.Select(o => new ResourceOwner(o.ApiVersion, o.Kind, o.Name, o.Uid, o.Controller))],
            MediaType = wire.MediaType,
            OriginName = wire.OriginName.Memory,
            Content = body,
        };
        return resource.IsSecret == fromSecrets ? resource : throw Invalid("A Secret lies among other resources, or the other way round", place);
    }

    private static BundleFormatException Invalid(string message, long place) => new(WaybillErrorCode.EntryInvalid, message) { Offset = place };
}
