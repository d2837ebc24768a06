using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Answers lists: in pages if a limit is given, all pages as of the moment of the first.</summary>
internal sealed class ListHandler(ObjectStore store)
{
    public async Task HandleAsync(HttpContext context, RequestInfo request)
    {
        IQueryCollection query = context.Request.Query;
        Func<StoredObject, bool> matches = Selectors.Parse(query["labelSelector"].ToString(), query["fieldSelector"].ToString());
        int limit = int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out int given) && given > 0 ? given : int.MaxValue - 1;
        (long revision, (string Namespace, string Name)? behind) = Position(request, query, matches);
        List<StoredObject> page = store.Page(request.Kind, request.Namespace, revision, behind, limit + 1, matches);
        bool more = page.Count > limit;
        bool metadataOnly = ObjectForm.IsMetadataOnly(context.Request.Headers.Accept.ToString());
        string head = metadataOnly
            ? "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\""
            : $"{{\"kind\":\"{request.Kind.Name}List\",\"apiVersion\":\"{request.Kind.ApiVersion(request.Version)}\"";
        string next = more ? $",\"continue\":\"{Token(revision, page[limit - 1])}\"" : "";
        context.Response.StatusCode = 200;
        context.Response.ContentType = "application/json";
        await WriteAsync(context, $"{head},\"metadata\":{{\"resourceVersion\":\"{revision.ToString(CultureInfo.InvariantCulture)}\"{next}}},\"items\":[");
        for (int i = 0; i < Math.Min(limit, page.Count); i++)
        {
            if (i > 0)
            {
                await WriteAsync(context, ",");
            }

            await context.Response.Body.WriteAsync(ObjectForm.Item(page[i], request.Version, metadataOnly), context.RequestAborted);
        }

        await WriteAsync(context, "]}\n");
    }

    private (long Revision, (string Namespace, string Name)? Behind) Position(RequestInfo request, IQueryCollection query, Func<StoredObject, bool> matches)
    {
        string token = query["continue"].ToString();
        if (token.Length > 0)
        {
            string[] parts = Encoding.UTF8.GetString(Decode(token)).Split('\n');
            long revision = parts.Length == 3 && long.TryParse(parts[0], CultureInfo.InvariantCulture, out long number)
                ? number
                : throw ApiException.BadRequest("continue key is not valid");
            (string, string) key = (parts[1], parts[2]);
            if (revision < 0)
            {
                // The client chose to go on with what there is now.
                return (store.Revision, key);
            }

            try
            {
                store.Page(request.Kind, request.Namespace, revision, key, 1, matches);
                return (revision, key);
            }
            catch (ApiException error) when (error.Code == 410)
            {
                throw new ApiException(410, "Expired", "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.")
                {
                    Continue = Encode($"-1\n{parts[1]}\n{parts[2]}"),
                };
            }
        }

        string version = query["resourceVersion"].ToString();
        return query["resourceVersionMatch"].ToString() == "Exact" && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out long exact)
            ? (exact, null)
            : (store.Revision, null);
    }

    private static string Token(long revision, StoredObject last) => Encode($"{revision.ToString(CultureInfo.InvariantCulture)}\n{last.Namespace}\n{last.Name}");

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static byte[] Decode(string token)
    {
        try
        {
            return Base64Url.DecodeFromChars(token);
        }
        catch (FormatException)
        {
            throw ApiException.BadRequest("continue key is not valid");
        }
    }

    private static ValueTask WriteAsync(HttpContext context, string text) => context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
}
