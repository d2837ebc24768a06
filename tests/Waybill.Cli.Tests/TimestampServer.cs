using System.Net;
using System.Net.Sockets;
using Waybill.Bundles.Tests.Signing;

namespace Waybill.Cli.Tests;

/// <summary>A time stamp authority of openssl that answers by HTTP, on this machine only.</summary>
internal sealed class TimestampServer : IAsyncDisposable
{
    private readonly HttpListener _listener;
    private readonly Task _serving;

    public TimestampServer(OpenSslTimestampAuthority authority)
    {
        (_listener, Address) = Listen();
        _serving = ServeAsync(authority);
    }

    public string Address { get; }

    /// <summary>Gets or sets the status of every answer.</summary>
    public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

    /// <summary>Gets how often it was asked as the protocol says.</summary>
    public int Requests { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    // The listener wants a number; one that was free a moment ago may be taken by now.
    private static (HttpListener Listener, string Address) Listen()
    {
        while (true)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            string address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            var listener = new HttpListener { Prefixes = { address } };
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException)
            {
                listener.Close();
            }
        }
    }

    private async Task ServeAsync(OpenSslTimestampAuthority authority)
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var request = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(request);
            Requests += context.Request is { HttpMethod: "POST", ContentType: "application/timestamp-query" } ? 1 : 0;
            context.Response.StatusCode = (int)Status;
            if (Status == HttpStatusCode.OK)
            {
                context.Response.ContentType = "application/timestamp-reply";
                await context.Response.OutputStream.WriteAsync(await authority.RequestAsync(request.ToArray()));
            }

            context.Response.Close();
        }
    }
}
