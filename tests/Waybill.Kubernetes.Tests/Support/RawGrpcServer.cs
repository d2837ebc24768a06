using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Waybill.Kubernetes.Tests;

/// <summary>A server of gRPC that says over a real wire, with TLS, exactly what it is told to, contract or not.</summary>
internal sealed class RawGrpcServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly BackupCertificates _certificates = BackupCertificates.Create();
    private readonly X509Certificate2 _certificate;
    private readonly Func<RawCall, RawAnswer> _answer;

    private RawGrpcServer(Func<RawCall, RawAnswer> answer)
    {
        _answer = answer;
        using X509Certificate2 pem = X509Certificate2.CreateFromPem(_certificates.CertificatePem, _certificates.KeyPem);
        _certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(_certificate);
        }));
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public string Address => $"127.0.0.1:{new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port}";

    /// <summary>Gets the authority of its certificate, PEM.</summary>
    public byte[] Authority => Encoding.ASCII.GetBytes(_certificates.AuthorityPem);

    public static async Task<RawGrpcServer> StartAsync(Func<RawCall, RawAnswer> answer)
    {
        var server = new RawGrpcServer(answer);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        RawAnswer answer = _answer(new RawCall(context.Request.Path.Value!.Split('/')[^1], body.ToArray().AsMemory(5), context.Request.Headers.Authorization.ToString()));
        if (answer.OnGone is { } gone)
        {
            // Whatever the caller leaves behind, also a message that is being written. Not disposed, as the end of this call may be what comes of the same event.
            _ = context.RequestAborted.Register(gone);
        }

        context.Response.ContentType = "application/grpc";
        foreach (byte[] message in answer.Messages.Select(message => message.ToByteArray()).Concat(answer.Garbage))
        {
            byte[] frame = new byte[5 + message.Length];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
            message.CopyTo(frame, 5);
            await context.Response.Body.WriteAsync(frame, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }

        if (answer.CutWhen is { } taken)
        {
            // Nobody waits for a caller that has gone.
            await Task.WhenAny(taken, Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted));
            context.Abort();
            return;
        }

        await context.Response.StartAsync();
        if (answer.Status == RawAnswer.NoStatus)
        {
            return;
        }

        context.Response.AppendTrailer("grpc-status", answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        context.Response.AppendTrailer("grpc-message", answer.Detail);
    }
}

/// <summary>A call: the name of its method, its message, and the header that says who calls.</summary>
internal sealed record RawCall(string Method, ReadOnlyMemory<byte> Message, string Authorization);

/// <summary>What is said to one call.</summary>
internal sealed record RawAnswer(params IEnumerable<IMessage> Messages)
{
    /// <summary>A stream that just ends, as one does behind a proxy that was cut off.</summary>
    public const int NoStatus = -1;

    public int Status { get; init; }

    public string Detail { get; init; } = "";

    /// <summary>Gets what comes after the messages, of whatever form.</summary>
    public IEnumerable<byte[]> Garbage { get; init; } = [];

    /// <summary>Gets what has to end before the stream is reset; null if it is ended instead. A reset may overtake what was sent before.</summary>
    public Task? CutWhen { get; init; }

    /// <summary>Gets what is done when the caller has gone, or the stream was reset.</summary>
    public Action? OnGone { get; init; }
}
