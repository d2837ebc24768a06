using System.Collections.Immutable;
using System.Text;
using Google.Protobuf;

namespace Waybill.Bundles.Format;

/// <summary>Maps identities, times and tags between the public model and the wire, checking what the format demands of each.</summary>
internal static class WireValues
{
    public static ByteString ToWire(this BundleId id) => ByteString.CopyFrom(id.ToByteArray());

    public static ByteString ToWire(this Digest digest) => digest.IsDefault ? ByteString.Empty : ByteString.CopyFrom(digest.ToByteArray());

    public static Wire.Time ToWire(this Timestamp time) => new() { Seconds = time.Seconds, Nanos = (uint)time.Nanoseconds };

    public static Wire.Application ToWire(this ApplicationIdentity application)
    {
        Origin o = application.Origin;
        return new Wire.Application
        {
            Id = ByteString.CopyFrom(application.Id.ToByteArray()),
            Name = application.Name,
            Origin = new Wire.Origin
            {
                Platform = o.Platform,
                ClusterId = o.ClusterId,
                ClusterName = o.ClusterName,
                Namespace = o.Namespace,
                NamespaceUid = o.NamespaceUid,
                Kind = o.Kind,
                Uid = o.Uid,
                Host = o.Host,
            },
        };
    }

    public static Wire.Lineage ToWire(this Lineage lineage)
    {
        var wire = new Wire.Lineage
        {
            Id = ByteString.CopyFrom(lineage.Id.ToByteArray()),
            Generation = (ulong)lineage.Generation,
            ForkReason = lineage.ForkReason,
        };
        if (lineage.ForkedFrom is { } from)
        {
            wire.ForkedFromLineage = ByteString.CopyFrom(from.ToByteArray());
        }

        if (lineage.ForkedFromBundle is { } bundle)
        {
            wire.ForkedFromBundle = bundle.ToWire();
        }

        return wire;
    }

    public static Wire.Tag ToWire(this Tag tag)
    {
        var wire = new Wire.Tag
        {
            Key = tag.Key,
            Source = (Wire.TagSource)tag.Source,
            SourceRef = tag.SourceReference,
            Sensitivity = (Wire.Sensitivity)tag.Sensitivity,
            Observed = tag.Observed?.ToWire(),
        };
        switch (tag.Value)
        {
            case TagValue.Text text: wire.Text = text.Value; break;
            case TagValue.Number number: wire.Integer = number.Value; break;
            case TagValue.Flag flag: wire.Boolean = flag.Value; break;
            case TagValue.Raw raw: wire.Raw = ByteString.CopyFrom(raw.Value.AsSpan()); break;
            case TagValue.Time time: wire.Time = time.Value.ToWire(); break;
            case TagValue.TextList list:
                wire.List = new Wire.TextList();
                wire.List.Values.Add(list.Values);
                break;
        }

        return wire;
    }

    public static BundleId ToBundleId(ByteString bytes, string what) =>
        bytes.Length == BundleId.Size ? new BundleId(bytes.Span) : throw Invalid($"{what} does not have 16 bytes");

    public static Digest ToDigest(ByteString bytes, string what) =>
        bytes.Length == Digest.Size ? new Digest(bytes.Span) : throw Invalid($"{what} does not have 32 bytes");

    public static Digest ToOptionalDigest(ByteString bytes, string what) => bytes.IsEmpty ? default : ToDigest(bytes, what);

    public static Timestamp ToTimestamp(Wire.Time? time)
    {
        if (time is null)
        {
            throw Invalid("A time is missing");
        }

        return time.Nanos < 1_000_000_000 ? new Timestamp(time.Seconds, (int)time.Nanos) : throw Invalid("A time has 1 000 000 000 nanoseconds or more");
    }

    public static Timestamp? ToOptionalTimestamp(Wire.Time? time) => time is null ? null : ToTimestamp(time);

    public static ApplicationIdentity ToApplication(Wire.Application? wire)
    {
        if (wire is null || wire.Id.Length != AppId.Size)
        {
            throw Invalid("The application has no id of 16 bytes");
        }

        Wire.Origin o = wire.Origin ?? new Wire.Origin();
        return new ApplicationIdentity(new AppId(wire.Id.Span), wire.Name)
        {
            Origin = new Origin
            {
                Platform = o.Platform,
                ClusterId = o.ClusterId,
                ClusterName = o.ClusterName,
                Namespace = o.Namespace,
                NamespaceUid = o.NamespaceUid,
                Kind = o.Kind,
                Uid = o.Uid,
                Host = o.Host,
            },
        };
    }

    public static Lineage ToLineage(Wire.Lineage? wire)
    {
        if (wire is null || wire.Id.Length != LineageId.Size || wire.Generation > long.MaxValue)
        {
            throw Invalid("The lineage has no id of 16 bytes or an impossible generation");
        }

        return new Lineage(new LineageId(wire.Id.Span), (long)wire.Generation)
        {
            ForkedFrom = wire.ForkedFromLineage.IsEmpty ? null : new LineageId(ToBundleId(wire.ForkedFromLineage, "A lineage id").ToByteArray()),
            ForkedFromBundle = wire.ForkedFromBundle.IsEmpty ? null : ToBundleId(wire.ForkedFromBundle, "A bundle id"),
            ForkReason = wire.ForkReason,
        };
    }

    public static Tag ToTag(Wire.Tag wire)
    {
        TagValue value = wire.ValueCase switch
        {
            Wire.Tag.ValueOneofCase.Text => new TagValue.Text(wire.Text),
            Wire.Tag.ValueOneofCase.Integer => new TagValue.Number(wire.Integer),
            Wire.Tag.ValueOneofCase.Boolean => new TagValue.Flag(wire.Boolean),
            Wire.Tag.ValueOneofCase.Raw => new TagValue.Raw([.. wire.Raw.Span]),
            Wire.Tag.ValueOneofCase.Time => new TagValue.Time(ToTimestamp(wire.Time)),
            Wire.Tag.ValueOneofCase.List => new TagValue.TextList([.. wire.List.Values]),
            _ => throw Invalid("A tag has no value"),
        };
        var tag = new Tag(wire.Key, value, (TagSource)wire.Source)
        {
            SourceReference = wire.SourceRef,
            Observed = ToOptionalTimestamp(wire.Observed),
            Sensitivity = (TagSensitivity)wire.Sensitivity,
        };
        return tag.Key.Length == 0 ? throw Invalid("A tag has no key")
            : FindTagProblem(tag) is { } problem ? throw new BundleFormatException(WaybillErrorCode.LimitExceeded, problem)
            : tag;
    }

    /// <summary>Says which limit of section 13 a tag exceeds, if any. Each text of a list counts two bytes more, so that empty ones are not free.</summary>
    public static string? FindTagProblem(Tag tag)
    {
        int keyBytes = Encoding.UTF8.GetByteCount(tag.Key);
        int valueBytes = tag.Value switch
        {
            TagValue.Text text => Encoding.UTF8.GetByteCount(text.Value),
            TagValue.Raw raw => raw.Value.Length,
            TagValue.TextList list => list.Values.Sum(v => Encoding.UTF8.GetByteCount(v) + 2),
            _ => 8,
        };
        return keyBytes is 0 or > BundleFormat.MaxTagKeyBytes ? "A tag's key is empty or longer than 512 bytes"
            : valueBytes > BundleFormat.MaxTagValueBytes ? "A tag's value is longer than 64 KiB"
            : null;
    }

    /// <summary>The order of tags, spec D-04: by key, source, source reference, texts as UTF-8 bytes.</summary>
    public static int CompareTags(Tag left, Tag right)
    {
        int order = CompareUtf8(left.Key, right.Key);
        order = order != 0 ? order : left.Source.CompareTo(right.Source);
        return order != 0 ? order : CompareUtf8(left.SourceReference, right.SourceReference);
    }

    public static ImmutableArray<Tag> SortTags(IEnumerable<Tag> tags)
    {
        List<Tag> sorted = [.. tags];
        sorted.Sort(CompareTags);
        return [.. sorted];
    }

    private static int CompareUtf8(string left, string right) =>
        Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private static BundleFormatException Invalid(string message) => new(WaybillErrorCode.ManifestInvalid, message);
}
