namespace Waybill.Csi;

/// <summary>One page of a list, in the order of <see cref="PageKey"/>.</summary>
internal sealed record Page<T>(IReadOnlyList<(PageKey Key, T Item)> Items, bool HasMore)
{
    /// <summary>Takes one page out of everything there is, keeping no more of it than the page.</summary>
    /// <param name="all">Everything, in any order.</param>
    /// <param name="name">The name of an item.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="size">How many items a page has at most.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public static async Task<Page<T>> TakeAsync(IAsyncEnumerable<T> all, Func<T, string> name, PageKey? after, int size, CancellationToken cancellationToken)
    {
        // The largest is on top, so that it can make room for a smaller one.
        var kept = new PriorityQueue<T, PageKey>(Comparer<PageKey>.Create(static (one, other) => other.CompareTo(one)));
        bool hasMore = false;
        await foreach (T item in all.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            var key = PageKey.Of(name(item));
            if (after is { } last && key.CompareTo(last) <= 0)
            {
                continue;
            }

            kept.Enqueue(item, key);
            if (kept.Count > size)
            {
                kept.Dequeue();
                hasMore = true;
            }
        }

        var items = new (PageKey, T)[kept.Count];
        for (int index = items.Length - 1; kept.TryDequeue(out T? item, out PageKey key); index--)
        {
            items[index] = (key, item);
        }

        return new Page<T>(items, hasMore);
    }
}
