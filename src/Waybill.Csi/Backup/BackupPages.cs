using System.Text;

namespace Waybill.Csi.Backup;

/// <summary>Cuts ordered listings into pages. A page's token is the key of the last item, so that what comes and goes moves nothing out of sight.</summary>
internal static class BackupPages
{
    private const int DefaultSize = 256;
    private const int MaxSize = 1024;

    public static async Task<(List<T> Page, string Next)> TakeAsync<T>(
        IAsyncEnumerable<T> items, Func<T, string> key, int size, string token, CancellationToken cancellationToken)
    {
        if (size < 0)
        {
            throw BackupStatus.Invalid("The size of a page is not below 0");
        }

        string after = token.Length == 0 ? "" : Decode(token);
        int limit = size == 0 ? DefaultSize : Math.Min(size, MaxSize);
        var page = new List<T>();
        await foreach (T item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (token.Length > 0 && string.CompareOrdinal(key(item), after) <= 0)
            {
                continue;
            }

            if (page.Count == limit)
            {
                return (page, Convert.ToBase64String(Encoding.UTF8.GetBytes(key(page[^1]))));
            }

            page.Add(item);
        }

        return (page, "");
    }

    private static string Decode(string token)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(token));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw BackupStatus.Invalid("The page token is not one of this service");
        }
    }
}
