using System.Buffers.Binary;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Signing;

/// <summary>Computes the stored root one record at a time, spec 16.2: a tree over all records, which anyone can compare without a key.</summary>
internal sealed class StoredRoot
{
    private const int RootInputSize = 1 + 16 + Digest.Size + 8 + Digest.Size;

    private readonly MerkleFrontier _frontier = new();
    private readonly Digest _preamble;

    /// <summary>Starts with the bytes of the preamble.</summary>
    public StoredRoot(ReadOnlySpan<byte> preamble)
    {
        if (preamble.Length != Preamble.Size)
        {
            throw new ArgumentException($"A preamble has {Preamble.Size} bytes, not {preamble.Length}.", nameof(preamble));
        }

        _preamble = Digest.Of(preamble);
    }

    /// <summary>Gets the number of records added.</summary>
    public long RecordCount => _frontier.Count;

    /// <summary>Adds the next record: its header as stored, and SHA-256 of its payload as stored.</summary>
    public void Add(ReadOnlySpan<byte> header, Digest payload)
    {
        if (header.Length != RecordHeader.Size)
        {
            throw new ArgumentException($"A record header has {RecordHeader.Size} bytes, not {header.Length}.", nameof(header));
        }

        Span<byte> input = stackalloc byte[1 + RecordHeader.Size + Digest.Size];
        input[0] = 0;
        header.CopyTo(input[1..]);
        payload.CopyTo(input[(1 + RecordHeader.Size)..]);
        _frontier.Add(Digest.Of(input));
    }

    /// <summary>Computes the root over the records added so far; more may follow.</summary>
    public Digest Compute()
    {
        Span<byte> input = stackalloc byte[RootInputSize];
        input.Clear();
        input[0] = 2;
        "WBL1-stored"u8.CopyTo(input[1..]);
        _preamble.CopyTo(input[17..]);
        BinaryPrimitives.WriteInt64LittleEndian(input[49..], _frontier.Count);
        _frontier.TreeHash().CopyTo(input[57..]);
        return Digest.Of(input);
    }
}
