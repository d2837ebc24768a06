using Google.Protobuf;
using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Vectors.Images;

/// <summary>
/// A record of a <see cref="BundleImage"/>: what it holds, and where it departs from what the format demands.
/// Places, sequence numbers and checksums are filled in when the image is laid out.
/// </summary>
internal sealed class ImageRecord(RecordType type, byte[] payload)
{
    public RecordType Type { get; set; } = type;

    public RecordFlags Flags { get; set; } = DefaultFlags(type);

    public byte[] Payload { get; set; } = payload;

    /// <summary>Gets or sets whether the layout computes the payload from the records before it.</summary>
    public bool IsDerived { get; set; } = type is RecordType.Tile or RecordType.IndexNode or RecordType.StreamEnd or RecordType.Layout or RecordType.Manifest;

    /// <summary>Gets or sets the stream of a derived record.</summary>
    public int Stream { get; init; } = -1;

    /// <summary>Gets or sets the level of an index node.</summary>
    public int Level { get; init; }

    /// <summary>Gets or sets the virtual length a STREAM_END states instead of the end of its leaves.</summary>
    public long? VirtualLength { get; set; }

    /// <summary>Gets or sets the content root a STREAM_END states.</summary>
    public Digest ContentRoot { get; set; }

    /// <summary>Gets or sets what replaces the payload, before the checksum is made: a writer that breaks a rule.</summary>
    public Func<byte[], byte[]>? Edit { get; set; }

    /// <summary>Gets or sets whether the record is sealed; if not set, as its type and the bundle demand (spec E-10).</summary>
    public bool? IsSealed { get; set; }

    /// <summary>Gets or sets the scope it is sealed for instead of its own.</summary>
    public SealScope? Scope { get; set; }

    /// <summary>Gets or sets the run salt it is sealed with instead of its run's.</summary>
    public byte[]? RunSalt { get; set; }

    /// <summary>Gets or sets what changes the 24 bytes before the ciphertext, before anything is sealed.</summary>
    public Action<byte[]>? EditSeal { get; set; }

    /// <summary>Gets or sets what replaces the sealed payload, before the checksum is made: someone without a key.</summary>
    public Func<byte[], byte[]>? EditSealed { get; set; }

    /// <summary>Gets the payload as it was last stored.</summary>
    public byte[] Stored { get; set; } = [];

    /// <summary>Gets or sets what changes the header, before its checksum is made.</summary>
    public Action<byte[]>? EditHeader { get; set; }

    /// <summary>Gets or sets what changes the whole record as stored, after all checksums were made: damage.</summary>
    public Action<byte[]>? Damage { get; set; }

    /// <summary>Gets the offset at which the record was last laid out.</summary>
    public long Offset { get; set; }

    /// <summary>Changes the payload in place before its checksum is made.</summary>
    public ImageRecord Patch(Action<byte[]> patch)
    {
        Edit = payload =>
        {
            byte[] copy = [.. payload];
            patch(copy);
            return copy;
        };
        return this;
    }

    /// <summary>Changes the message in the payload before its checksum is made.</summary>
    public ImageRecord PatchMessage<T>(MessageParser<T> parser, Action<T> patch)
        where T : IMessage<T>
    {
        Edit = payload =>
        {
            T message = parser.ParseFrom(payload);
            patch(message);
            return message.ToByteArray();
        };
        return this;
    }

    /// <summary>Changes the sealed payload in place before its checksum is made.</summary>
    public ImageRecord PatchSealed(Action<byte[]> patch)
    {
        EditSealed = payload =>
        {
            patch(payload);
            return payload;
        };
        return this;
    }

    /// <summary>Appends bytes to the payload before its checksum is made.</summary>
    public ImageRecord Append(params byte[] more)
    {
        Edit = payload => [.. payload, .. more];
        return this;
    }

    private static RecordFlags DefaultFlags(RecordType type) => type switch
    {
        RecordType.Readme or RecordType.Schema or RecordType.Checkpoint or RecordType.Signature or RecordType.EnvelopeCopy or RecordType.Pad => RecordFlags.None,
        _ => Enum.IsDefined(type) ? RecordFlags.Critical : RecordFlags.None,
    };
}
