using Waybill.Catalog;

namespace Waybill.Cli.Catalogs;

/// <summary>Puts times on a line of characters.</summary>
/// <param name="first">The time at its beginning.</param>
/// <param name="last">The time at its end.</param>
/// <param name="width">The number of characters.</param>
internal sealed class TimelineAxis(Timestamp first, Timestamp last, int width)
{
    private const char Usable = '*';
    private const char Lost = 'x';
    private const char Living = '.';

    public string Draw(CatalogIncarnation place, IEnumerable<CatalogPoint> points)
    {
        var line = new char[width];
        Array.Fill(line, ' ');
        for (int i = ColumnOf(place.FirstSeen); i <= ColumnOf(place.LastSeen); i++)
        {
            line[i] = Living;
        }

        foreach (CatalogPoint point in points)
        {
            // Of several points that fall on one character, one that is lost is what must be seen.
            ref char at = ref line[ColumnOf(point.Created)];
            at = point.Chain != ChainState.Complete || at == Lost ? Lost : Usable;
        }

        return new string(line).TrimEnd();
    }

    private int ColumnOf(Timestamp time)
    {
        double whole = (last.ToDateTimeOffset() - first.ToDateTimeOffset()).TotalSeconds;
        double part = (time.ToDateTimeOffset() - first.ToDateTimeOffset()).TotalSeconds;
        return whole <= 0 ? 0 : Math.Clamp((int)Math.Round(part / whole * (width - 1)), 0, width - 1);
    }
}
