namespace Waybill.Testing;

/// <summary>Checks that a sequence notices when it is cancelled: a list that ends early but cleanly is taken for the whole.</summary>
internal static class Cancellation
{
    /// <summary>Cancels before the first item and, if there are items, after it.</summary>
    public static async Task CheckAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> list, CancellationToken cancellationToken)
    {
        await Verdicts.ExpectCancellationAsync(() => ReadAsync(list, cancelAfter: 0, cancellationToken)).ConfigureAwait(false);
        bool any = false;
        await foreach (T unused in list(cancellationToken).ConfigureAwait(false))
        {
            any = true;
            break;
        }

        if (any)
        {
            await Verdicts.ExpectCancellationAsync(() => ReadAsync(list, cancelAfter: 1, cancellationToken)).ConfigureAwait(false);
        }
    }

    private static async Task ReadAsync<T>(Func<CancellationToken, IAsyncEnumerable<T>> list, int cancelAfter, CancellationToken cancellationToken)
    {
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (cancelAfter == 0)
        {
            await source.CancelAsync().ConfigureAwait(false);
        }

        int read = 0;
        await foreach (T unused in list(source.Token).ConfigureAwait(false))
        {
            if (++read == cancelAfter)
            {
                await source.CancelAsync().ConfigureAwait(false);
            }
        }
    }
}
