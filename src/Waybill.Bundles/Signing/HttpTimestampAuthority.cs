using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Waybill.Bundles;

/// <summary>A time stamp authority reached by HTTP, RFC 3161 section 3.4. Nothing is retried.</summary>
public sealed class HttpTimestampAuthority : TimestampAuthority
{
    private const int MaxResponseLength = 256 * 1024;

    private readonly HttpClient _client;
    private readonly Uri _address;

    /// <summary>Makes an authority.</summary>
    /// <param name="client">Sends the requests, with its own time limit, proxy and credentials; stays the caller's.</param>
    /// <param name="address">The absolute address of the service. Plain HTTP is usual: the answer is signed.</param>
    /// <exception cref="ArgumentException">The address is not absolute.</exception>
    public HttpTimestampAuthority(HttpClient client, Uri address)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(address);
        _client = client;
        _address = address.IsAbsoluteUri ? address : throw new ArgumentException("The address of a time stamp authority is absolute.", nameof(address));
    }

    /// <inheritdoc/>
    public override async ValueTask<ReadOnlyMemory<byte>> RequestAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new ReadOnlyMemoryContent(request) };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/timestamp-query");
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/timestamp-reply"));
            using HttpResponseMessage response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode
                ? await ReadAsync(response.Content, cancellationToken).ConfigureAwait(false)
                : throw Failed(string.Create(CultureInfo.InvariantCulture, $"answered with status {(int)response.StatusCode}"), null, IsTransient(response.StatusCode));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Failed("did not answer", e, isTransient: true);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed("did not answer in time", e, isTransient: true);
        }
    }

    private static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using var result = new MemoryStream();
            var buffer = new byte[16 * 1024];
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (result.Length + read > MaxResponseLength)
                {
                    throw Failed("sent more than 256 KiB", null, isTransient: false);
                }

                result.Write(buffer, 0, read);
            }

            return result.ToArray();
        }
    }

    private WaybillException Failed(string what, Exception? cause, bool isTransient) =>
        new(WaybillErrorCode.KeyServiceFailed, $"The time stamp authority {what}", cause) { ObjectName = _address.ToString(), IsTransient = isTransient };
}
