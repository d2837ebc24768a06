using System.Net;

namespace Waybill.Csi.Backup;

/// <summary>Where the backup API is served, and how the server shows who it is.</summary>
/// <param name="Endpoint">The address and port; port 0 takes a free one.</param>
/// <param name="CertificateFile">The server's certificate, PEM, with what chains it to its authority. Read again when the file changes.</param>
/// <param name="KeyFile">Its private key, PEM.</param>
public sealed record BackupServerOptions(IPEndPoint Endpoint, string CertificateFile, string KeyFile)
{
    /// <summary>Gets the authorities of client certificates, PEM; if set, a caller needs one beside its token. Empty for none.</summary>
    public string ClientAuthorityFile { get; init; } = "";

    /// <summary>Gets how long calls that run may go on when the server stops.</summary>
    /// <value>The default is 10 seconds.</value>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
