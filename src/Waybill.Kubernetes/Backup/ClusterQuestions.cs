using System.Buffers;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>
/// Asks a cluster on behalf of callers of the backup API. If there is no answer, they learn that and no more: the server's own words name accounts and objects
/// of which they may know nothing. The cause stays in the exception, for the log.
/// </summary>
internal sealed class ClusterQuestions(ClusterConnection connection)
{
    /// <summary>Up to so many objects are asked for one by one; above, all of their kind are listed, in fewer requests.</summary>
    private const int FewObjects = 20;

    private const string Json = "application/json";

    /// <summary>Sends a review, which the server answers and does not keep.</summary>
    public Task<T> ReviewAsync<T>(string path, ReadOnlyMemory<byte> review, Func<JsonElement, T> read, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            var request = new ApiRequest(HttpMethod.Post, path) { Body = review };
            ApiAnswer answer = (await connection.Client.SendAsync(request, cancellationToken).ConfigureAwait(false)).OrThrow(path);
            using JsonDocument document = JsonDocument.Parse(answer.Json);
            return read(document.RootElement.Member("status"));
        });

    /// <summary>Finds an object.</summary>
    /// <returns>What was read of it; null if there is none, or if <paramref name="read"/> makes nothing of it.</returns>
    public Task<T?> FindAsync<T>(ApiResource kind, string namespaceName, string name, Func<JsonElement, T?> read, CancellationToken cancellationToken)
        where T : class => AskAsync(async () =>
        {
            // A name out of another object's fields is not to be trusted more than one out of a request.
            if (!KubernetesNames.IsObject(name) || (kind.IsNamespaced && !KubernetesNames.IsNamespace(namespaceName)))
            {
                return null;
            }

            ApiAnswer? answer = await connection.Client.FindAsync(kind.PathOf(namespaceName, name), cancellationToken).ConfigureAwait(false);
            if (answer is null)
            {
                return null;
            }

            using JsonDocument document = JsonDocument.Parse(answer.Json);
            return read(document.RootElement);
        });

    /// <summary>Lists the objects of a namespace, or of the cluster if it is empty.</summary>
    public Task<List<T>> ListAsync<T>(ApiResource kind, string namespaceName, Func<JsonElement, T?> read, CancellationToken cancellationToken)
        where T : class => AskAsync(async () =>
        {
            List<T> found = [];
            if (kind.IsNamespaced && !KubernetesNames.IsNamespace(namespaceName))
            {
                return found;
            }

            void Take(ReadOnlySequence<byte> item)
            {
                using JsonDocument document = JsonDocument.Parse(item);
                if (read(document.RootElement) is { } taken)
                {
                    found.Add(taken);
                }
            }

            // A list with a hole in it would pass for a namespace without those volumes: whatever is wrong with it, it is none.
            ApiStatus? refused = await new ListReader(connection.Client, connection.Options.PageSize).ReadAsync(
                kind.PathOf(namespaceName), Json, Take, () => found.Count, mark => found.RemoveRange(mark, found.Count - mark), cancellationToken).ConfigureAwait(false);
            return refused is null ? found : throw ApiErrors.Of(refused, kind.Key);
        });

    /// <summary>Finds those objects of the cluster that have these names.</summary>
    public async Task<Dictionary<string, T>> FindAllAsync<T>(
        ApiResource kind, IReadOnlyCollection<string> names, Func<JsonElement, T?> read, Func<T, string> nameOf, CancellationToken cancellationToken)
        where T : class
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        if (wanted.Count > FewObjects)
        {
            List<T> all = await ListAsync(kind, "", root => wanted.Contains(root.Member("metadata").Text("name")) ? read(root) : null, cancellationToken).ConfigureAwait(false);
            return all.ToDictionary(nameOf, StringComparer.Ordinal);
        }

        var found = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (string name in wanted)
        {
            if (await FindAsync(kind, "", name, read, cancellationToken).ConfigureAwait(false) is { } one)
            {
                found[name] = one;
            }
        }

        return found;
    }

    private static async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (WaybillException error)
        {
            throw Unanswered(error.Code, error, error.IsTransient);
        }
        catch (JsonException error)
        {
            throw Unanswered(WaybillErrorCode.ClusterFailed, error, isTransient: false);
        }
    }

    private static ProviderException Unanswered(WaybillErrorCode code, Exception cause, bool isTransient) =>
        new(code, "kubernetes", "The cluster gives no answer that this call could go on with", cause) { IsTransient = isTransient };
}
