using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Csi.Backup;

/// <summary>Whose client certificates count.</summary>
internal sealed class ClientAuthority
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2Collection _authorities = [];

    /// <summary>Reads the authorities.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/>.</exception>
    public static ClientAuthority Open(string file)
    {
        var result = new ClientAuthority();
        try
        {
            result._authorities.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"The authorities of clients cannot be used: {e.Message}", e) { ObjectName = file };
        }

        return result._authorities.Count > 0 ? result
            : throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, "There is no certificate in the file of the authorities of clients") { ObjectName = file };
    }

    public bool Accepts(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return chain.Build(certificate);
    }
}
