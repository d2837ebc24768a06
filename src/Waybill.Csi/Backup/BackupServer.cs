using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Waybill.Csi.Hosting;

namespace Waybill.Csi.Backup;

/// <summary>Serves the backup API over TLS (docs/spec/backup-api.md).</summary>
public sealed class BackupServer : IAsyncDisposable
{
    private const int MaxMessageBytes = 4 << 20;

    private readonly WebApplication _app;
    private readonly BackupLimits _limits;
    private readonly ServerCertificate _certificate;

    private BackupServer(WebApplication app, BackupLimits limits, ServerCertificate certificate, IPEndPoint endpoint)
    {
        _app = app;
        _limits = limits;
        _certificate = certificate;
        Endpoint = endpoint;
    }

    /// <summary>Gets where it is served, with the port that was taken.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Starts to serve. When this returns, calls are answered.</summary>
    /// <param name="api">What is served; its parts stay the caller's to dispose, after the server.</param>
    /// <param name="options">Where and how.</param>
    /// <param name="cancellationToken">Ends the start early.</param>
    /// <returns>The server; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/> if a certificate cannot be used or the address not be had.</exception>
    public static async Task<BackupServer> StartAsync(BackupApi api, BackupServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(api);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(api.CallsPerCaller);
        ArgumentOutOfRangeException.ThrowIfNegative(api.BytesPerSecond);
        ServerCertificate certificate = ServerCertificate.Open(options.CertificateFile, options.KeyFile);
        var limits = new BackupLimits(api);
        WebApplication? app = null;
        try
        {
            ClientAuthority? clients = options.ClientAuthorityFile.Length > 0 ? ClientAuthority.Open(options.ClientAuthorityFile) : null;
            app = Build(api, limits, options, certificate, clients);
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            return new BackupServer(app, limits, certificate, new IPEndPoint(options.Endpoint.Address, new Uri(address).Port));
        }
        catch (Exception e)
        {
            if (app is not null)
            {
                await app.DisposeAsync().ConfigureAwait(false);
            }

            limits.Dispose();
            certificate.Dispose();
            if (e is IOException)
            {
                throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"The backup API cannot be served there: {e.Message}", e) { ObjectName = options.Endpoint.ToString() };
            }

            throw;
        }
    }

    /// <summary>Takes no more calls, lets those that run finish for as long as the options allow, and frees everything.</summary>
    /// <returns>A task that completes when that is done.</returns>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _limits.Dispose();
        _certificate.Dispose();
    }

    private static WebApplication Build(BackupApi api, BackupLimits limits, BackupServerOptions options, ServerCertificate certificate, ClientAuthority? clients)
    {
        WebApplicationBuilder builder = CsiHost.CreateBuilder(options.StopTimeout);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;

            // A caller that reads slowly keeps its own stream waiting, and the limit on idle calls ends it.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;

            // Whose connection is gone without a word is not waited for.
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
            kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
            kestrel.Listen(options.Endpoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseHttps(https =>
                {
                    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                    https.ServerCertificateSelector = (_, _) => certificate.Get();
                    if (clients is not null)
                    {
                        https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                        https.ClientCertificateValidation = (found, _, _) => clients.Accepts(found);
                    }
                });
            });
        });
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxMessageBytes;
            grpc.MaxSendMessageSize = MaxMessageBytes;
            grpc.EnableDetailedErrors = false;
        });
        builder.Services.AddSingleton(new BackupService(api, limits));
        builder.Services.AddSingleton(new FilesService(api, limits));
        WebApplication app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<BackupService>();
        app.MapGrpcService<FilesService>();
        return app;
    }
}
