using Waybill.Catalog;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Catalogs;

/// <summary>Short texts of what catalogs say.</summary>
internal static class CatalogText
{
    private const int MaxValueLength = 100;

    /// <summary>Gets a span of days, or one day.</summary>
    public static string Span(Timestamp first, Timestamp last)
    {
        (string from, string to) = (Day(first), Day(last));
        return from == to ? from : $"{from} to {to}";
    }

    public static string Day(Timestamp time) => HumanUnits.Moment(time).Split(' ')[0];

    /// <summary>Cuts a text that would fill the screen.</summary>
    public static string Shorten(string text)
    {
        if (text.Length <= MaxValueLength)
        {
            return text;
        }

        // Not in the middle of a character.
        int length = MaxValueLength - 1;
        return (char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length]) + "…";
    }

    /// <summary>Gets a place as people write it.</summary>
    public static string Place(Origin origin)
    {
        string cluster = origin.ClusterName.Length > 0 ? origin.ClusterName : origin.ClusterId;
        string place = string.Join('/', ((string[])[cluster, origin.Namespace]).Where(part => part.Length > 0));
        return place.Length > 0 ? place : origin.Platform.Length > 0 ? origin.Platform : "an unknown place";
    }

    public static string State(CatalogPoint point)
    {
        string state = point.Chain switch
        {
            ChainState.Complete => "complete",
            ChainState.ParentMissing => $"PARENT MISSING {point.ChainProblem}",
            ChainState.Gone => "gone",
            _ => "CONFLICT: other bundles have this id",
        };
        return point.Clock switch
        {
            ClockDoubt.Future => state + ", TIME LIES IN THE FUTURE",
            ClockDoubt.BeforeParent => state + ", TIME LIES BEFORE ITS PARENT'S",
            _ => state,
        };
    }

    public static string Where(CatalogPoint point) =>
        point.Copies.FirstOrDefault(copy => copy.IsUsable) is { } copy ? Path.Combine(copy.Store, copy.Name) : "";
}
