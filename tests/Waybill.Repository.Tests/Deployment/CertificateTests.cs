using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;

namespace Waybill.Repository.Tests.Deployment;

/// <summary>The certificates of the services that clients find by an object in the cluster, as a client judges them.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly string _copy = Directory.CreateTempSubdirectory("waybill-deploy-").FullName;

    public static TheoryData<string> Overlays => ["overlays/snapshot-metadata", "overlays/backup-api"];

    public void Dispose() => Directory.Delete(_copy, recursive: true);

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public async Task Client_WithTheAuthorityThatIsPublished_AcceptsTheServer(string overlay)
    {
        Manifests manifests = await DeploymentCopy.BuildAsync("csi-driver/deploy", _copy, overlay);
        IPublishedService published = manifests.One<IPublishedService>();
        V1Secret secret = manifests.One<V1Secret>();
        using X509Certificate2 authority = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(published.Spec.CaCert)));
        using X509Certificate2 server = X509Certificate2.CreateFromPem(
            Encoding.ASCII.GetString(secret.Data["tls.crt"]), Encoding.ASCII.GetString(secret.Data["tls.key"]));
        string[] address = published.Spec.Address.Split(':');

        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(server), string.Join("; ", chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.True(server.MatchesHostname(address[0]));
        V1Service service = manifests.One<V1Service>();
        Assert.Equal(address[0], $"{service.Metadata.Name}.{service.Metadata.NamespaceProperty}.svc");
        Assert.Equal(address[1], service.Spec.Ports.Single().Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public async Task MakingACertificate_KeepsNoKeyOfTheAuthority_AndReplacesNone(string overlay)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new SkipException("needs: bash");
        }

        string directory = Path.Combine(await DeploymentCopy.MakeAsync("csi-driver/deploy", _copy), overlay);
        (await DeploymentCopy.MakeCertificateAsync(directory)).ThrowIfFailed();
        byte[] key = await File.ReadAllBytesAsync(Path.Combine(directory, "certificate/tls.key"));

        ProcessResult again = await DeploymentCopy.MakeCertificateAsync(directory);

        Assert.NotEqual(0, again.ExitCode);
        Assert.Equal(key, await File.ReadAllBytesAsync(Path.Combine(directory, "certificate/tls.key")));
        Assert.Equal(["ca.yaml", "tls.crt", "tls.key"], Directory.GetFiles(Path.Combine(directory, "certificate")).Select(Path.GetFileName).Order());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(directory, "certificate/tls.key")));
    }
}
