using Google.Protobuf;
using Waybill.Bundles.Format;

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

    /// <summary>Appends bytes to the payload before its checksum is made.</summary>
    public ImageRecord Append(params byte[] more)
    {
        Edit = payload => [.. payload, .. more];
        return this;
    }

    private static RecordFlags DefaultFlags(RecordType type) => type switch
    {
        RecordType.Readme or RecordType.Schema or RecordType.Checkpoint or RecordType.Signature or RecordType.Pad => RecordFlags.None,
        _ => Enum.IsDefined(type) ? RecordFlags.Critical : RecordFlags.None,
    };
}
