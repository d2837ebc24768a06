using Microsoft.Extensions.Logging;
using Waybill.Csi.Backup;
using Waybill.Kubernetes;
using Waybill.Providers;

namespace Waybill.CsiDriver;

/// <summary>The backup API of the driver: the same platform as behind its socket, for callers that the cluster vouches for.</summary>
internal sealed class BackupEndpoint : IAsyncDisposable
{
    /// <summary>How long a caller waits for a cluster that does not answer, before it is told to come again.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    private readonly ClusterConnection _connection;
    private readonly BackupServer _server;

    private BackupEndpoint(ClusterConnection connection, BackupServer server)
    {
        _connection = connection;
        _server = server;
    }

    /// <summary>Starts to serve.</summary>
    /// <exception cref="WaybillException">A certificate, the address or the way to the cluster cannot be used.</exception>
    public static async Task<BackupEndpoint> StartAsync(DriverOptions options, BackupOptions backup, string version, IVolumeProvider provider, ILoggerFactory logs)
    {
        ClusterConnection connection = await ClusterConnection.OpenAsync(new ClusterOptions
        {
            KubeConfig = backup.KubeConfig,
            InCluster = backup.KubeConfig.Length == 0,
            RetryLimit = s_patience,
            RequestTimeout = s_patience,
            UserAgent = $"waybill-csi-driver/{version}",
        });
        ILogger audit = logs.CreateLogger(AuditLog.Category);
        try
        {
            var directory = new KubernetesDirectory(connection, options.Name);
            var authority = new KubernetesAuthority(connection, new KubernetesAuthorityOptions(backup.Audience));
            var api = new BackupApi(options.Name, provider, directory, authority, new AuditLog(audit))
            {
                Version = version,
                AllowWrites = true,
                Logger = logs.CreateLogger(options.Name),
            };
            BackupServer server = await BackupServer.StartAsync(
                api, new BackupServerOptions(backup.Endpoint, backup.CertificateFile, backup.KeyFile) { ClientAuthorityFile = backup.ClientAuthorityFile });

            // The first line of the audit: from here on, calls are recorded.
            DriverLog.ServingBackup(audit, server.Endpoint, backup.Audience, connection.Server);
            return new BackupEndpoint(connection, server);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Takes no more calls, and ends those that take too long.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _connection.Dispose();
    }
}
