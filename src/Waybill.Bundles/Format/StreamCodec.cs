using Google.Protobuf;

namespace Waybill.Bundles.Format;

/// <summary>Maps what is said of one stream between the public model and the wire: STREAM_BEGIN, STREAM_END and the manifest.</summary>
internal static class StreamCodec
{
    public static Wire.StreamHeader HeaderToWire(StreamInfo stream) => new()
    {
        StreamNo = (uint)stream.Number,
        StreamId = ByteString.CopyFrom(stream.Id.ToByteArray()),
        Kind = (Wire.StreamKind)stream.Kind,
        Name = stream.Name,
        BlockSize = (uint)stream.BlockSize,
        CellSize = (uint)stream.CellSize,
        ParentRoot = stream.ParentRoot.ToWire(),
        ParentLength = (ulong)stream.ParentLength,
    };

    public static Wire.StreamResult ResultToWire(StreamInfo stream) => new()
    {
        StreamNo = (uint)stream.Number,
        VirtualLength = (ulong)stream.VirtualLength,
        LeafCount = (ulong)stream.LeafCount,
        StreamRoot = stream.Root.ToWire(),
        ContentRoot = stream.ContentRoot.ToWire(),
        DataBytes = (ulong)stream.DataBytes,
    };

    public static Wire.Stream ToWire(StreamInfo stream)
    {
        var wire = new Wire.Stream
        {
            Header = HeaderToWire(stream),
            Result = ResultToWire(stream),
            Change = new Wire.ChangeSource
            {
                Kind = (Wire.ChangeKind)stream.Change.Kind,
                Provider = stream.Change.Provider,
                BaseHandle = stream.Change.BaseHandle,
                TargetHandle = stream.Change.TargetHandle,
                ReportedRanges = (ulong)stream.Change.ReportedRanges,
                ReportedBytes = (ulong)stream.Change.ReportedBytes,
                Reason = stream.Change.Reason,
                ChangeId = stream.Change.ChangeId,
            },
            EntryCount = (ulong)stream.EntryCount,
            GapCount = (ulong)stream.GapCount,
        };
        if (stream.Volume is { } v)
        {
            wire.Volume = new Wire.VolumeInfo
            {
                PlatformHandle = v.PlatformHandle,
                StorageClass = v.StorageClass,
                Claim = v.Claim,
                FileSystem = v.FileSystem,
                Provider = v.Provider,
            };
            wire.Volume.Capabilities.Add(v.Capabilities);
        }

        return wire;
    }

    public static StreamInfo FromWire(Wire.Stream wire)
    {
        if (wire.Header is null || wire.Result is null || wire.Header.StreamNo != wire.Result.StreamNo)
        {
            throw Invalid("A stream has no header or result, or they have different numbers");
        }

        StreamInfo info = WithResult(HeaderFromWire(wire.Header), wire.Result);
        Wire.ChangeSource change = wire.Change ?? new Wire.ChangeSource();
        return info with
        {
            EntryCount = ToLong(wire.EntryCount, "an entry count"),
            GapCount = ToLong(wire.GapCount, "a gap count"),
            Change = new ChangeReport((ChangeKind)change.Kind)
            {
                Provider = change.Provider,
                BaseHandle = change.BaseHandle,
                TargetHandle = change.TargetHandle,
                ReportedRanges = ToLong(change.ReportedRanges, "a number of ranges"),
                ReportedBytes = ToLong(change.ReportedBytes, "a number of bytes"),
                Reason = change.Reason,
                ChangeId = change.ChangeId,
            },
            Volume = wire.Volume is not { } v ? null : new VolumeFacts
            {
                PlatformHandle = v.PlatformHandle,
                StorageClass = v.StorageClass,
                Claim = v.Claim,
                FileSystem = v.FileSystem,
                Provider = v.Provider,
                Capabilities = [.. v.Capabilities],
            },
        };
    }

    public static StreamInfo HeaderFromWire(Wire.StreamHeader wire)
    {
        if (wire.StreamNo >= BundleFormat.MaxStreams)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A stream number is above 65 534");
        }

        if (wire.StreamId.Length != StreamId.Size || wire.Kind is < Wire.StreamKind.BlockVolume or > Wire.StreamKind.Secrets)
        {
            throw Invalid("A stream has no id of 16 bytes or an unknown kind");
        }

        if (!StreamName.IsValid(wire.Name))
        {
            throw new BundleFormatException(WaybillErrorCode.UnsafeName, "The name of a stream is empty, too long or could not be a file name");
        }

        if (!BundleFormat.IsValidBlockSize(wire.BlockSize) || !BundleFormat.IsValidCellSize(wire.CellSize))
        {
            throw Invalid($"The stream '{wire.Name}' has a block or cell size that is not allowed");
        }

        var info = new StreamInfo
        {
            Number = (int)wire.StreamNo,
            Id = new StreamId(wire.StreamId.Span),
            Kind = (StreamKind)wire.Kind,
            Name = wire.Name,
            BlockSize = (int)wire.BlockSize,
            CellSize = (int)wire.CellSize,
            ParentRoot = WireValues.ToOptionalDigest(wire.ParentRoot, "A parent root"),
            ParentLength = ToLong(wire.ParentLength, "a parent length"),
            VirtualLength = 0,
            LeafCount = 0,
            Root = default,
        };
        bool mayHaveParent = info.Kind is StreamKind.BlockVolume or StreamKind.FileData or StreamKind.Bytes;
        return info.HasParent && !mayHaveParent
            ? throw Invalid("A stream of entries builds on a parent, which the format does not allow")
            : info;
    }

    public static StreamInfo WithResult(StreamInfo info, Wire.StreamResult wire)
    {
        if (wire.LeafCount > BundleFormat.MaxLeaves)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A stream has more than 2^40 leaves");
        }

        info = info with
        {
            VirtualLength = ToLong(wire.VirtualLength, "a virtual length"),
            LeafCount = (long)wire.LeafCount,
            Root = WireValues.ToDigest(wire.StreamRoot, "A stream root"),
            ContentRoot = WireValues.ToOptionalDigest(wire.ContentRoot, "A content root"),
            DataBytes = ToLong(wire.DataBytes, "a number of bytes"),
        };
        return (info.LeafCount == 0) == (info.VirtualLength == 0)
            ? info
            : throw Invalid($"The stream '{info.Name}' has leaves without length or length without leaves");
    }

    private static long ToLong(ulong value, string what) =>
        value <= long.MaxValue ? (long)value : throw new BundleFormatException(WaybillErrorCode.LimitExceeded, $"A stream has {what} above 2^63 - 1");

    private static BundleFormatException Invalid(string message) => new(WaybillErrorCode.ManifestInvalid, message);
}
