using System.Buffers.Binary;
using Google.Protobuf;
using Waybill.Bundles.Format;

namespace Waybill.Bundles.Sealing;

/// <summary>The runs of a writer and the records each sealed, as LAYOUT lists them (E-13).</summary>
internal sealed class RunTable
{
    private readonly long[] _first;
    private readonly UInt128[] _salts;

    private RunTable(long[] first, UInt128[] salts)
    {
        _first = first;
        _salts = salts;
    }

    public static IEnumerable<Wire.Run> ToWire(IEnumerable<(long FirstSequence, UInt128 Salt)> runs) => runs.Select(r =>
    {
        var salt = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(salt, r.Salt);
        return new Wire.Run { FirstSequence = (ulong)r.FirstSequence, Salt = ByteString.CopyFrom(salt) };
    });

    /// <summary>Reads the list in a LAYOUT record.</summary>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.ManifestInvalid"/> or <see cref="WaybillErrorCode.LimitExceeded"/>.</exception>
    public static RunTable Read(ReadOnlySpan<byte> layoutPayload, bool encrypted, long place)
    {
        Wire.Layout layout = StrictMessage.Parse(Wire.Layout.Parser, Wire.Layout.Descriptor, layoutPayload, place);
        if (layout.Runs.Count > BundleFormat.MaxRuns)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "A bundle has more than 4 096 writer runs") { Offset = place };
        }

        var first = new long[layout.Runs.Count];
        var salts = new UInt128[layout.Runs.Count];
        for (int i = 0; i < first.Length; i++)
        {
            Wire.Run run = layout.Runs[i];
            if (run.Salt.Length != 16 || run.FirstSequence > long.MaxValue || (i == 0 ? run.FirstSequence != 0 : (long)run.FirstSequence <= first[i - 1]))
            {
                throw Invalid(place);
            }

            first[i] = (long)run.FirstSequence;
            salts[i] = BinaryPrimitives.ReadUInt128BigEndian(run.Salt.Span);
        }

        return encrypted == first.Length > 0 ? new RunTable(first, salts) : throw Invalid(place);
    }

    /// <summary>Refuses a record that bears the salt of another run than its own.</summary>
    public void Check(long sequence, UInt128 salt, long place)
    {
        int index = Array.BinarySearch(_first, sequence);
        index = index >= 0 ? index : ~index - 1;
        if (index < 0 || _salts[index] != salt)
        {
            throw new BundleFormatException(WaybillErrorCode.RecordNotAuthentic, "A record belongs to a run of the writer that was given up, or to none") { Offset = place };
        }
    }

    private static BundleFormatException Invalid(long place) =>
        new(WaybillErrorCode.ManifestInvalid, "The layout does not list the runs of the writer as it must") { Offset = place };
}
