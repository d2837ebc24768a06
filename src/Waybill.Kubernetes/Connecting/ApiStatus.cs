using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Why a server did not do what it was asked for, from its Status object.</summary>
/// <param name="Code">The HTTP status.</param>
/// <param name="Reason">The server's word for it, such as <c>NotFound</c>; empty if it gave none.</param>
/// <param name="Message">The server's sentence.</param>
internal sealed record ApiStatus(int Code, string Reason, string Message)
{
    /// <summary>Gets a token with which a list can go on, though not as of one moment.</summary>
    public string Continue { get; init; } = "";

    /// <summary>Gets whether the same request may succeed later.</summary>
    public bool IsTransient => Code is 429 or 500 or 502 or 503 or 504;

    public static ApiStatus Parse(int code, ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.Text("kind") == "Status")
            {
                return new ApiStatus(code, root.Text("reason"), root.Text("message"))
                {
                    Continue = root.TryGetProperty("metadata", out JsonElement metadata) ? metadata.Text("continue") : "",
                };
            }
        }
        catch (JsonException)
        {
            // A proxy on the way has words of its own.
        }

        return new ApiStatus(code, "", System.Text.Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 200)]).Trim());
    }
}
