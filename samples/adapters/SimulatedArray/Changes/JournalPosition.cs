using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Waybill.Samples.SimulatedArray;

/// <summary>
/// A place in the journal of a volume. It names the volume, so that a base of another one is found out, and outlives the snapshot it was
/// taken with.
/// </summary>
/// <param name="Volume">The volume.</param>
/// <param name="Sequence">The number of the last write before.</param>
internal sealed record JournalPosition(VolumeId Volume, long Sequence)
{
    public ChangeId ToChangeId() => new(string.Create(CultureInfo.InvariantCulture, $"{Volume}:{Sequence}"));

    public static bool TryParse(ChangeId id, [NotNullWhen(true)] out JournalPosition? position)
    {
        string text = id.ToString();
        int colon = text.LastIndexOf(':');
        position = colon > 0
            && VolumeId.TryParse(text[..colon], null, out VolumeId volume)
            && long.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            ? new JournalPosition(volume, sequence)
            : null;
        return position is not null;
    }
}
