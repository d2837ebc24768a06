using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Answers watches: a line for each change, bookmarks in between, 410 when what happened is forgotten.</summary>
internal sealed class WatchHandler(ObjectStore store, TimeProvider time, TimeSpan bookmarkInterval)
{
    public async Task HandleAsync(HttpContext context, RequestInfo request)
    {
        IQueryCollection query = context.Request.Query;
        Func<StoredObject, bool> matches = Selectors.Parse(query["labelSelector"].ToString(), query["fieldSelector"].ToString());
        bool bookmarks = query["allowWatchBookmarks"].ToString() is "true" or "1";
        bool initial = query["sendInitialEvents"].ToString() == "true";
        string version = query["resourceVersion"].ToString();
        long revision = initial || version is "" or "0" ? 0 : long.Parse(version, CultureInfo.InvariantCulture);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        using CancellationTokenSource? limit = int.TryParse(query["timeoutSeconds"], CultureInfo.InvariantCulture, out int seconds)
            ? new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time)
            : null;
        using CancellationTokenRegistration link = limit?.Token.Register(end.Cancel) ?? default;
        context.Response.StatusCode = 200;
        context.Response.ContentType = "application/json";
        await context.Response.StartAsync(context.RequestAborted);
        try
        {
            if (revision == 0)
            {
                revision = store.Revision;
                foreach (StoredObject existing in store.Page(request.Kind, request.Namespace, revision, null, int.MaxValue, matches))
                {
                    await WriteAsync(context, "ADDED", ObjectForm.Single(existing, request.Version, metadataOnly: false));
                }

                if (initial)
                {
                    await WriteAsync(context, "BOOKMARK", Bookmark(request, revision, "{\"k8s.io/initial-events-end\":\"true\"}"));
                }
            }

            await FollowAsync(context, request, matches, revision, bookmarks, end.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The time the client gave is over: a clean end.
        }
        catch (ApiException error)
        {
            await WriteAsync(context, "ERROR", ObjectJson.Serialize(error.ToStatus()));
        }
    }

    private async Task FollowAsync(HttpContext context, RequestInfo request, Func<StoredObject, bool> matches, long revision, bool bookmarks, CancellationToken end)
    {
        Task tick = Task.Delay(bookmarkInterval, time, end);
        while (true)
        {
            (List<StoreChange> changes, long upTo) = store.ChangesSince(request.Kind, revision);
            foreach (StoreChange change in changes.Where(change => request.Namespace.Length == 0 || change.After.Namespace == request.Namespace))
            {
                bool before = change.Before is not null && matches(change.Before);
                bool after = !change.IsDeletion && matches(change.After);
                string? type = (before, after) switch { (false, true) => "ADDED", (true, true) => "MODIFIED", (true, false) => "DELETED", _ => null };
                if (type is not null)
                {
                    await WriteAsync(context, type, ObjectForm.Single(change.After, request.Version, metadataOnly: false));
                }
            }

            revision = upTo;
            await context.Response.Body.FlushAsync(end);
            Task changed = store.ChangeBehindAsync(revision);
            Task first = await Task.WhenAny(changed, tick).WaitAsync(end);
            if (first == tick)
            {
                await tick;
                tick = Task.Delay(bookmarkInterval, time, end);
                if (bookmarks)
                {
                    await WriteAsync(context, "BOOKMARK", Bookmark(request, revision, null));
                }
            }
        }
    }

    private static byte[] Bookmark(RequestInfo request, long revision, string? annotations)
    {
        ResourceKind kind = request.Kind;
        string more = annotations is null ? "" : $",\"annotations\":{annotations}";
        return Encoding.UTF8.GetBytes(
            $"{{\"kind\":\"{kind.Name}\",\"apiVersion\":\"{kind.ApiVersion(request.Version)}\",\"metadata\":{{\"resourceVersion\":\"{revision.ToString(CultureInfo.InvariantCulture)}\",\"creationTimestamp\":null{more}}}}}");
    }

    private static async Task WriteAsync(HttpContext context, string type, ReadOnlyMemory<byte> json)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":"), context.RequestAborted);
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
        await context.Response.Body.WriteAsync("}\n"u8.ToArray(), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
