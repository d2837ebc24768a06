using System.Security.Cryptography.X509Certificates;
using Waybill.Bundles.Tests.Local;

namespace Waybill.Bundles.Tests.Signing;

/// <summary>The time stamp authority of openssl, with a root of its own.</summary>
internal sealed class OpenSslTimestampAuthority : TimestampAuthority, IDisposable
{
    private const string Settings =
        """
        [tsa]
        default_tsa = own
        [own]
        serial = serial
        crypto_device = builtin
        signer_digest = sha256
        default_policy = 1.3.6.1.4.1.55555.1
        digests = sha256
        accuracy = secs:1
        ess_cert_id_alg = sha256
        """;

    private readonly TempDirectory _directory = new();

    /// <summary>Makes an authority whose tokens are signed over a hash of this name.</summary>
    public OpenSslTimestampAuthority(string hash = "sha256")
    {
        if (!Tool.Exists("openssl"))
        {
            Root = SigningLab.Certify("no openssl");
            SignerPem = "";
            return;
        }

        Root = SigningLab.Certify("time root", isAuthority: true);
        using X509Certificate2 signer = SigningLab.Certify("time stamps", Root, usage: "1.3.6.1.5.5.7.3.8");
        string key = signer.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem();
        SignerPem = key + "\n" + signer.ExportCertificatePem();
        File.WriteAllText(_directory["key.pem"], key);
        File.WriteAllText(_directory["signer.pem"], signer.ExportCertificatePem());
        File.WriteAllText(_directory["settings"], Settings.Replace("signer_digest = sha256", $"signer_digest = {hash}", StringComparison.Ordinal));
        File.WriteAllText(_directory["serial"], "01\n");
    }

    public X509Certificate2 Root { get; }

    /// <summary>Gets the key and the certificate of the authority.</summary>
    public string SignerPem { get; }

    /// <summary>Gets or sets what is done to each answer.</summary>
    public Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Change { get; set; } = answer => answer;

    public override async ValueTask<ReadOnlyMemory<byte>> RequestAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        await File.WriteAllBytesAsync(_directory["request"], request.ToArray(), cancellationToken);
        Tool.Bash(_directory.Path, "openssl ts -reply -config settings -section own -queryfile request -signer signer.pem -inkey key.pem -out answer");
        return Change(await File.ReadAllBytesAsync(_directory["answer"], cancellationToken));
    }

    public void Dispose()
    {
        Root.Dispose();
        _directory.Dispose();
    }
}
