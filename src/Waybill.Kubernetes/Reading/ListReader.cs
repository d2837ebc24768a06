using System.Buffers;

namespace Waybill.Kubernetes;

/// <summary>Lists objects page by page: as of one moment as long as the cluster remembers it, from the beginning again a few times, and then as it can.</summary>
internal sealed class ListReader(ApiClient client, int pageSize)
{
    private const int Beginnings = 3;

    /// <summary>Reads a list.</summary>
    /// <param name="path">The path of the list; further parameters may follow a question mark.</param>
    /// <param name="accept">The form that is asked for.</param>
    /// <param name="onItem">Takes an object; what it is given is valid during the call only.</param>
    /// <param name="mark">Remembers a place to which <paramref name="reset"/> returns.</param>
    /// <param name="reset">Undoes what <paramref name="onItem"/> did since a place.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Why the list is not what it should be; null if it is.</returns>
    public async Task<ApiStatus?> ReadAsync<TMark>(
        string path, string accept, Action<ReadOnlySequence<byte>> onItem, Func<TMark> mark, Action<TMark> reset, CancellationToken cancellationToken)
    {
        TMark beginning = mark();
        string token = "";
        ApiStatus? torn = null;
        for (int beginnings = 1; ;)
        {
            TMark page = mark();
            string query = $"{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={pageSize}{(token.Length > 0 ? "&continue=" + Uri.EscapeDataString(token) : "")}";
            ListPageReader reader = new(onItem);
            ApiStatus? refused = await client.SendAsync<ApiStatus?>(
                ApiRequest.Get(path + query) with { Accept = accept },
                async (response, stop) =>
                {
                    if (!response.IsSuccessStatusCode)
                    {
                        return ApiStatus.Parse((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(stop).ConfigureAwait(false));
                    }

                    reader = new ListPageReader(onItem);
                    Stream body = await response.Content.ReadAsStreamAsync(stop).ConfigureAwait(false);
                    await using (body.ConfigureAwait(false))
                    {
                        await reader.ReadAsync(body, stop).ConfigureAwait(false);
                    }

                    return null;
                },
                () => reset(page),
                cancellationToken).ConfigureAwait(false);
            if (refused is { Code: 410 })
            {
                torn = refused;
                if (beginnings < Beginnings)
                {
                    beginnings++;
                    token = "";
                    reset(beginning);
                    torn = null;
                    continue;
                }

                if (refused.Continue.Length == 0)
                {
                    return refused;
                }

                // The cluster forgets faster than it can be read: the rest is of a later moment, and that is said.
                token = refused.Continue;
                continue;
            }

            if (refused is not null)
            {
                reset(beginning);
                return refused;
            }

            if (reader.Continue.Length == 0)
            {
                return torn;
            }

            token = reader.Continue;
        }
    }
}
