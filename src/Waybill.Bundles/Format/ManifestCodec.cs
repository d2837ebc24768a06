using System.Collections.Immutable;
using System.Security.Cryptography;
using Google.Protobuf;

namespace Waybill.Bundles.Format;

/// <summary>Maps manifest and prologue between the public model and their stored bytes, spec 7.</summary>
internal static class ManifestCodec
{
    public static Wire.Prologue ToPrologue(BundleManifest manifest)
    {
        var wire = new Wire.Prologue
        {
            BundleId = manifest.Id.ToWire(),
            Created = manifest.Created.ToWire(),
            Writer = ToWire(manifest.Writer),
            Application = manifest.Application.ToWire(),
            Lineage = manifest.Lineage.ToWire(),
            Parent = ToWire(manifest.Parent),
        };
        wire.Tags.Add(manifest.Tags.Select(t => t.ToWire()));
        return wire;
    }

    public static byte[] Encode(BundleManifest manifest, ReadOnlySpan<byte> blindingSalt, Digest prologueDigest)
    {
        var wire = new Wire.Manifest
        {
            BundleId = manifest.Id.ToWire(),
            BlindingSalt = ByteString.CopyFrom(blindingSalt),
            Created = manifest.Created.ToWire(),
            Writer = ToWire(manifest.Writer),
            Application = manifest.Application.ToWire(),
            Lineage = manifest.Lineage.ToWire(),
            Parent = ToWire(manifest.Parent),
            PrologueDigest = prologueDigest.ToWire(),
        };
        wire.Streams.Add(manifest.Streams.Select(ToWire));
        wire.Groups.Add(manifest.Groups.Select(ToWire));
        wire.Tags.Add(manifest.Tags.Select(t => t.ToWire()));
        return wire.ToByteArray();
    }

    public static BundleManifest Decode(ReadOnlySpan<byte> payload, BundleId bundleId, long place)
    {
        try
        {
            Wire.Manifest wire = StrictMessage.Parse(Wire.Manifest.Parser, Wire.Manifest.Descriptor, payload, place);
            BundleManifest manifest = FromWire(wire) with { Digest = MerkleTree.ManifestDigest(payload) };
            if (manifest.Id != bundleId)
            {
                throw Invalid("The manifest belongs to another bundle");
            }

            return manifest;
        }
        catch (BundleFormatException e) when (e.Offset is null)
        {
            throw new BundleFormatException(e.Code, e.Message, e) { Offset = place };
        }
    }

    /// <summary>Checks that the prologue a reader saw first says what the manifest says (D-01).</summary>
    public static void CheckPrologue(ReadOnlySpan<byte> prologuePayload, ReadOnlySpan<byte> manifestPayload, long place)
    {
        Wire.Prologue prologue = StrictMessage.Parse(Wire.Prologue.Parser, Wire.Prologue.Descriptor, prologuePayload, place);
        Wire.Manifest manifest = StrictMessage.Parse(Wire.Manifest.Parser, Wire.Manifest.Descriptor, manifestPayload, place);
        bool equal = manifest.PrologueDigest.Span.SequenceEqual(SHA256.HashData(prologuePayload))
            && prologue.BundleId.Equals(manifest.BundleId)
            && Equals(prologue.Created, manifest.Created)
            && Equals(prologue.Writer, manifest.Writer)
            && Equals(prologue.Application, manifest.Application)
            && Equals(prologue.Lineage, manifest.Lineage)
            && Equals(prologue.Parent, manifest.Parent)
            && prologue.Tags.All(new HashSet<Wire.Tag>(manifest.Tags).Contains);
        if (!equal)
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, "Manifest and prologue disagree") { Offset = place };
        }
    }

    public static BundleManifest DecodePrologue(ReadOnlySpan<byte> payload, Preamble preamble, long place)
    {
        Wire.Prologue wire = StrictMessage.Parse(Wire.Prologue.Parser, Wire.Prologue.Descriptor, payload, place);
        BundleId id = WireValues.ToBundleId(wire.BundleId, "The bundle id in the prologue");
        if (id != preamble.BundleId)
        {
            throw new BundleFormatException(WaybillErrorCode.ManifestInvalid, "The prologue belongs to another bundle") { Offset = place };
        }

        return new BundleManifest
        {
            Id = id,
            Created = WireValues.ToTimestamp(wire.Created),
            Writer = FromWire(wire.Writer),
            Application = WireValues.ToApplication(wire.Application),
            Lineage = WireValues.ToLineage(wire.Lineage),
            Parent = FromWire(wire.Parent),
            Streams = [],
            Tags = DecodeTags(wire.Tags),
        };
    }

    private static BundleManifest FromWire(Wire.Manifest wire)
    {
        if (wire.BlindingSalt.Length != 32)
        {
            throw Invalid("The manifest has no salt of 32 bytes");
        }

        WireValues.ToDigest(wire.PrologueDigest, "The prologue digest");
        var manifest = new BundleManifest
        {
            Id = WireValues.ToBundleId(wire.BundleId, "The bundle id in the manifest"),
            Created = WireValues.ToTimestamp(wire.Created),
            Writer = FromWire(wire.Writer),
            Application = WireValues.ToApplication(wire.Application),
            Lineage = WireValues.ToLineage(wire.Lineage),
            Parent = FromWire(wire.Parent),
            Streams = DecodeStreams(wire.Streams),
            Groups = [.. wire.Groups.Select(g => FromWire(g, wire.Streams.Count))],
            Tags = DecodeTags(wire.Tags),
        };
        if (manifest.Parent is null && manifest.Streams.Any(s => s.HasParent))
        {
            throw Invalid("A stream builds on a parent but the bundle names none");
        }

        return manifest;
    }

    private static ImmutableArray<StreamInfo> DecodeStreams(IReadOnlyList<Wire.Stream> streams)
    {
        if (streams.Count > BundleFormat.MaxStreams)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "The bundle has more than 65 535 streams");
        }

        var names = new HashSet<(StreamKind, string)>();
        var ids = new HashSet<StreamId>();
        ImmutableArray<StreamInfo>.Builder result = ImmutableArray.CreateBuilder<StreamInfo>(streams.Count);
        foreach (Wire.Stream stream in streams)
        {
            StreamInfo info = StreamCodec.FromWire(stream);
            if (info.Number != result.Count)
            {
                throw Invalid("The manifest does not list the streams in the order of their numbers");
            }

            if (!names.Add((info.Kind, info.Name)))
            {
                throw Invalid($"Two streams of the same kind have the name '{info.Name}'");
            }

            if (!ids.Add(info.Id))
            {
                throw Invalid($"Two streams have the id {info.Id}");
            }

            result.Add(info);
        }

        if (result.Count(s => s.Kind == StreamKind.Resources) > 1 || result.Count(s => s.Kind == StreamKind.Secrets) > 1)
        {
            throw Invalid("A bundle has at most one stream of resources and one of Secrets");
        }

        return result.MoveToImmutable();
    }

    private static ImmutableArray<Tag> DecodeTags(IReadOnlyList<Wire.Tag> tags)
    {
        if (tags.Count > BundleFormat.MaxTags)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "The bundle has more than 65 536 tags");
        }

        ImmutableArray<Tag>.Builder result = ImmutableArray.CreateBuilder<Tag>(tags.Count);
        foreach (Wire.Tag wire in tags)
        {
            Tag tag = WireValues.ToTag(wire);
            if (result.Count > 0 && WireValues.CompareTags(result[^1], tag) >= 0)
            {
                throw Invalid("Tags are not unique and in order");
            }

            result.Add(tag);
        }

        return result.MoveToImmutable();
    }

    private static Wire.WriterInfo ToWire(WriterIdentity writer) =>
        new() { Product = writer.Product, Version = writer.Version, Profile = writer.Profile };

    private static WriterIdentity FromWire(Wire.WriterInfo? wire) =>
        wire is null ? throw Invalid("The writer is missing") : new WriterIdentity(wire.Product, wire.Version, wire.Profile);

    private static Wire.ParentRef? ToWire(ParentLink? parent) =>
        parent is null ? null : new Wire.ParentRef { BundleId = parent.Id.ToWire(), ManifestDigest = parent.ManifestDigest.ToWire() };

    private static ParentLink? FromWire(Wire.ParentRef? wire) =>
        wire is null ? null : new ParentLink(WireValues.ToBundleId(wire.BundleId, "The parent's id"), WireValues.ToDigest(wire.ManifestDigest, "The parent's digest"));

    private static Wire.Stream ToWire(StreamInfo stream) => StreamCodec.ToWire(stream);

    private static Wire.ConsistencyGroup ToWire(ConsistencyGroup group)
    {
        ConsistencyEvidence e = group.Evidence;
        var wire = new Wire.ConsistencyGroup
        {
            Level = (Wire.ConsistencyLevel)e.Level,
            Mechanism = e.Mechanism,
            ExternalId = e.ExternalId,
            Earliest = e.Earliest?.ToWire(),
            Latest = e.Latest?.ToWire(),
            WriteOrderFidelity = e.WriteOrderFidelity,
        };
        wire.StreamNumbers.Add(group.StreamNumbers.Select(n => (uint)n));
        wire.Hooks.Add(e.Hooks.Select(h => new Wire.HookResult { Name = h.Name, ExitCode = h.ExitCode, Started = h.Started?.ToWire(), Finished = h.Finished?.ToWire() }));
        return wire;
    }

    private static ConsistencyGroup FromWire(Wire.ConsistencyGroup wire, int streamCount)
    {
        for (int i = 0; i < wire.StreamNumbers.Count; i++)
        {
            if (wire.StreamNumbers[i] >= streamCount || (i > 0 && wire.StreamNumbers[i] <= wire.StreamNumbers[i - 1]))
            {
                throw Invalid("A consistency group names streams that do not exist or are not in order");
            }
        }

        if (!Enum.IsDefined((ConsistencyLevel)wire.Level))
        {
            throw Invalid("A consistency group has an unknown level");
        }

        if (wire.Level == Wire.ConsistencyLevel.Application && !wire.Hooks.Any(h => h.ExitCode == 0))
        {
            throw Invalid("A consistency group claims application consistency without a successful hook");
        }

        var evidence = new ConsistencyEvidence((ConsistencyLevel)wire.Level)
        {
            Mechanism = wire.Mechanism,
            ExternalId = wire.ExternalId,
            Earliest = WireValues.ToOptionalTimestamp(wire.Earliest),
            Latest = WireValues.ToOptionalTimestamp(wire.Latest),
            WriteOrderFidelity = wire.WriteOrderFidelity,
            Hooks = [.. wire.Hooks.Select(h => new HookResult(h.Name, h.ExitCode) { Started = WireValues.ToOptionalTimestamp(h.Started), Finished = WireValues.ToOptionalTimestamp(h.Finished) })],
        };
        return new ConsistencyGroup(evidence, [.. wire.StreamNumbers.Select(n => (int)n)]);
    }

    private static BundleFormatException Invalid(string message) => new(WaybillErrorCode.ManifestInvalid, message);
}
