using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer.Http;

/// <summary>Writes answers in the form a server gives them: JSON and a line end.</summary>
internal static class Answers
{
    public static Task WriteAsync(HttpContext context, int status, JsonNode body) => WriteAsync(context, status, "application/json", ObjectJson.Serialize(body));

    public static Task WriteAsync(HttpContext context, int status, string type, JsonNode body) => WriteAsync(context, status, type, ObjectJson.Serialize(body));

    public static Task WriteAsync(HttpContext context, int status, ReadOnlyMemory<byte> body) => WriteAsync(context, status, "application/json", body);

    private static async Task WriteAsync(HttpContext context, int status, string type, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
    }

    public static Task WriteErrorAsync(HttpContext context, ApiException error)
    {
        if (error.RetryAfter > 0)
        {
            context.Response.Headers.RetryAfter = error.RetryAfter.ToString(CultureInfo.InvariantCulture);
        }

        return WriteAsync(context, error.Code, error.ToStatus());
    }

    public static async Task<byte[]> ReadBodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }
}
