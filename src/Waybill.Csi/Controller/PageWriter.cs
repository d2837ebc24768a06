using Google.Protobuf;
using Google.Protobuf.Collections;

namespace Waybill.Csi;

/// <summary>Fills the entries of a list's response with one page.</summary>
internal static class PageWriter
{
    // Whoever asks for no limit still gets pages: an answer must fit into a message, and into memory.
    private const int MaxEntries = 1000;
    private const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>Writes a page.</summary>
    /// <param name="all">Everything there is.</param>
    /// <param name="name">The name of an item.</param>
    /// <param name="list">The list, as <see cref="PageToken"/> has it.</param>
    /// <param name="startingToken">Where to begin.</param>
    /// <param name="maxEntries">How many the caller takes; 0 for any number.</param>
    /// <param name="entries">Where they go.</param>
    /// <param name="describe">Makes the entry of an item; <see langword="null"/> if it is gone meanwhile.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The token of the next page; empty if there is none.</returns>
    public static async Task<string> WriteAsync<TItem, TEntry>(
        IAsyncEnumerable<TItem> all,
        Func<TItem, string> name,
        string list,
        string startingToken,
        int maxEntries,
        RepeatedField<TEntry> entries,
        Func<TItem, ValueTask<TEntry?>> describe,
        CancellationToken cancellationToken)
        where TEntry : class, IMessage
    {
        if (maxEntries < 0)
        {
            throw CallError.Invalid("max_entries is negative.");
        }

        PageKey? after = PageToken.Read(list, startingToken);
        int size = maxEntries == 0 ? MaxEntries : Math.Min(maxEntries, MaxEntries);
        Page<TItem> page = await Page<TItem>.TakeAsync(all, name, after, size, cancellationToken).ConfigureAwait(false);
        int bytes = 0;
        for (int index = 0; index < page.Items.Count; index++)
        {
            (PageKey key, TItem item) = page.Items[index];
            if (await describe(item).ConfigureAwait(false) is { } entry)
            {
                entries.Add(entry);
                bytes += entry.CalculateSize();
            }

            bool isLast = index == page.Items.Count - 1;
            if ((bytes > MaxBytes && !isLast) || (isLast && page.HasMore))
            {
                return PageToken.Make(list, key);
            }
        }

        return "";
    }
}
