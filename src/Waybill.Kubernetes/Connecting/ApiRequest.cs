namespace Waybill.Kubernetes;

/// <summary>A request to the API.</summary>
/// <param name="Method">The method.</param>
/// <param name="Path">The path and query, with its slash.</param>
internal sealed record ApiRequest(HttpMethod Method, string Path)
{
    public string Accept { get; init; } = "application/json";

    public ReadOnlyMemory<byte> Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>Gets whether doing it twice is as good as doing it once, so that it may be repeated when it is not known whether it was done.</summary>
    public bool IsRepeatable { get; init; } = true;

    public static ApiRequest Get(string path) => new(HttpMethod.Get, path);

    public HttpRequestMessage ToMessage(string server)
    {
        var message = new HttpRequestMessage(Method, server + Path) { Version = System.Net.HttpVersion.Version20 };
        message.Headers.TryAddWithoutValidation("Accept", Accept);
        if (Body.Length > 0)
        {
            message.Content = new ReadOnlyMemoryContent(Body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", ContentType);
        }

        return message;
    }
}
