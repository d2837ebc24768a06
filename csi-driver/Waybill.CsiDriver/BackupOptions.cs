using System.Net;

namespace Waybill.CsiDriver;

/// <summary>Where the driver serves the backup API, and whom it trusts.</summary>
/// <param name="Endpoint">The address and port; port 0 takes a free one.</param>
/// <param name="CertificateFile">The certificate it shows, PEM.</param>
/// <param name="KeyFile">The key of that certificate, PEM.</param>
/// <param name="Audience">The audience that tokens must be issued for.</param>
internal sealed record BackupOptions(IPEndPoint Endpoint, string CertificateFile, string KeyFile, string Audience)
{
    private const string Address = "--backup";
    private const string Certificate = "--backup-certificate";
    private const string Key = "--backup-key";
    private const string ClientAuthority = "--backup-client-authority";
    private const string AudienceName = "--backup-audience";
    private const string KubeConfigName = "--kubeconfig";

    /// <summary>Gets the authorities of client certificates, PEM; empty if callers need none.</summary>
    public string ClientAuthorityFile { get; init; } = "";

    /// <summary>Gets the kubeconfig that leads to the cluster; empty for the identity of the pod.</summary>
    public string KubeConfig { get; init; } = "";

    /// <summary>Reads the options.</summary>
    /// <param name="get">Gets what was given for an option; null if nothing.</param>
    /// <param name="driverName">The name of the driver.</param>
    /// <returns>The options; null if the backup API is not to be served.</returns>
    /// <exception cref="FormatException">They cannot be used; the message says which and why.</exception>
    public static BackupOptions? Read(Func<string, string?> get, string driverName)
    {
        if (get(Address) is not { } address)
        {
            // Whoever names a certificate means something to be served with it.
            string? alone = ((string[])[Certificate, Key, ClientAuthority, AudienceName, KubeConfigName]).FirstOrDefault(name => get(name) is not null);
            return alone is null ? null : throw new FormatException($"{alone} is of no use without {Address}.");
        }

        return new BackupOptions(
            ReadEndpoint(address),
            get(Certificate) ?? throw new FormatException($"{Address} needs {Certificate}."),
            get(Key) ?? throw new FormatException($"{Address} needs {Key}."),
            get(AudienceName) ?? driverName)
        {
            ClientAuthorityFile = get(ClientAuthority) ?? "",
            KubeConfig = get(KubeConfigName) ?? "",
        };
    }

    // An address alone means no port at all, though it is read as port 0.
    private static IPEndPoint ReadEndpoint(string address) =>
        IPEndPoint.TryParse(address, out IPEndPoint? endpoint) && (endpoint.Port > 0 || endpoint.ToString() == address) ? endpoint
            : throw new FormatException($"{Address} takes an address and a port such as 0.0.0.0:9443, not '{address}'.");
}
