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
using Waybill.Backup.Wire;

namespace Waybill.Kubernetes.Tests;

/// <summary>A server of the backup API that says over a real wire exactly what it is told to, contract or not.</summary>
internal sealed class RawBackupServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly BackupCertificates _certificates = BackupCertificates.Create();
    private readonly X509Certificate2 _certificate;
    private readonly Queue<RawAnswer> _answers;

    private RawBackupServer(IEnumerable<RawAnswer> answers)
    {
        _answers = new Queue<RawAnswer>(answers);
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

    /// <summary>Gets the questions for data that came, in their order.</summary>
    public List<ReadDataRequest> Questions { get; } = [];

    /// <summary>Gets the tokens they came with.</summary>
    public List<string> Tokens { get; } = [];

    public static async Task<RawBackupServer> StartAsync(params RawAnswer[] answers)
    {
        var server = new RawBackupServer(answers);
        await server._app.StartAsync();
        return server;
    }

    public BackupClient Connect(BackupTokenSupplier? tokens = null)
    {
        string address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return BackupClient.Connect(new BackupClientOptions($"127.0.0.1:{new Uri(address).Port}", Encoding.ASCII.GetBytes(_certificates.AuthorityPem), tokens ?? ((_, _) => ValueTask.FromResult("token")))
        {
            RetryLimit = TimeSpan.FromSeconds(5),
        });
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
        Questions.Add(ReadDataRequest.Parser.ParseFrom(body.ToArray().AsSpan(5)));
        Tokens.Add(context.Request.Headers.Authorization.ToString());
        RawAnswer answer = _answers.Dequeue();
        context.Response.ContentType = "application/grpc";
        foreach (IMessage message in answer.Messages)
        {
            byte[] frame = new byte[5 + message.CalculateSize()];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - 5);
            message.WriteTo(frame.AsSpan(5));
            await context.Response.Body.WriteAsync(frame);
            await context.Response.Body.FlushAsync();
        }

        if (answer.CutWhen is { } taken)
        {
            await taken;
            context.Abort();
            return;
        }

        await context.Response.StartAsync();
        context.Response.AppendTrailer("grpc-status", answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        context.Response.AppendTrailer("grpc-message", answer.Detail);
    }
}

/// <summary>What is said to one call.</summary>
internal sealed record RawAnswer(params IMessage[] Messages)
{
    public int Status { get; init; }

    public string Detail { get; init; } = "";

    /// <summary>Gets what has to end before the stream is reset; null if it is ended instead. A reset may overtake what was sent before.</summary>
    public Task? CutWhen { get; init; }
}
