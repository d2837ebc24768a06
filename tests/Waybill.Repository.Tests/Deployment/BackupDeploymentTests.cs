using k8s.Models;

namespace Waybill.Repository.Tests.Deployment;

/// <summary>What the backup API is deployed with: the kind by which clients find it, and who may do what.</summary>
public sealed class BackupDeploymentTests : IDisposable
{
    private const string Overlay = "overlays/backup-api";

    private readonly string _copy = Directory.CreateTempSubdirectory("waybill-deploy-").FullName;

    public void Dispose() => Directory.Delete(_copy, recursive: true);

    [SkippableFact]
    public async Task PublishedService_IsOfTheKindThatIsDefined_AndSaysWhatTheDriverDoes()
    {
        Manifests manifests = await BuildAsync(Overlay);
        V1CustomResourceDefinition definition = manifests.One<V1CustomResourceDefinition>();
        BackupService published = manifests.One<BackupService>();

        V1CustomResourceDefinitionVersion version = Assert.Single(definition.Spec.Versions);
        Assert.Equal("backupservices.backup.waybill", definition.Metadata.Name);
        Assert.Equal(definition.Metadata.Name, $"{definition.Spec.Names.Plural}.{definition.Spec.Group}");
        Assert.Equal((published.ApiVersion, published.Kind, "Cluster"), ($"{definition.Spec.Group}/{version.Name}", definition.Spec.Names.Kind, definition.Spec.Scope));
        Assert.True(version.Served && version.Storage);
        V1JSONSchemaProps schema = version.Schema.OpenAPIV3Schema.Properties["spec"];
        Assert.Equal(["address", "audience", "caCert"], schema.Required.Order());
        Assert.Equal(schema.Required.Order(), schema.Properties.Keys.Order());
        Assert.Matches(schema.Properties["address"].Pattern, published.Spec.Address);
        Assert.Contains($"--backup-audience={published.Spec.Audience}", manifests.Driver.Args);
    }

    [SkippableFact]
    public async Task Driver_KeepsItsArguments_AndFindsItsCertificate()
    {
        Manifests single = await BuildAsync("overlays/single-node");
        Manifests manifests = await BuildAsync(Overlay);

        Assert.Equal(single.Driver.Args, manifests.Driver.Args.Take(single.Driver.Args.Count));
        V1VolumeMount mount = manifests.Driver.VolumeMounts.Single(mount => mount.Name == "backup-certificate");
        Assert.True(mount.ReadOnlyProperty);
        Assert.Contains($"--backup-certificate={mount.MountPath}/tls.crt", manifests.Driver.Args);
        Assert.Contains($"--backup-key={mount.MountPath}/tls.key", manifests.Driver.Args);
        int port = manifests.Driver.Ports.Single(port => port.Name == "backup-api").ContainerPort;
        Assert.Contains($"--backup=0.0.0.0:{port}", manifests.Driver.Args);
    }

    [SkippableFact]
    public async Task Rights_AreThoseThatAreNeeded_AndNoneIsBoundToCallers()
    {
        Manifests manifests = await BuildAsync(Overlay);

        Assert.Equal(
            [
                "get persistentvolumeclaims", "get persistentvolumes", "get volumesnapshotcontents", "get volumesnapshots",
                "list persistentvolumeclaims", "list persistentvolumes", "list volumesnapshotcontents", "list volumesnapshots",
                "create subjectaccessreviews", "create tokenreviews",
            ],
            RightsOf("waybill-csi-backup").OrderBy(right => right.StartsWith("create", StringComparison.Ordinal)).ThenBy(right => right, StringComparer.Ordinal));
        Assert.Equal(["get backupservices", "list backupservices"], RightsOf("waybill-backup-discovery"));
        Assert.Equal(["get persistentvolumeclaims", "get volumesnapshots", "list persistentvolumeclaims", "list volumesnapshots"], RightsOf("waybill-backup-reader").Order());
        Assert.Equal(["update persistentvolumeclaims"], RightsOf("waybill-backup-writer"));
        Assert.DoesNotContain(manifests.Of<V1ClusterRoleBinding>(), binding => binding.RoleRef.Name.StartsWith("waybill-backup-", StringComparison.Ordinal));

        IEnumerable<string> RightsOf(string role) =>
            from rule in manifests.Of<V1ClusterRole>().Single(item => item.Metadata.Name == role).Rules
            from verb in rule.Verbs
            from resource in rule.Resources
            select $"{verb} {resource}";
    }

    private Task<Manifests> BuildAsync(string overlay) => DeploymentCopy.BuildAsync("csi-driver/deploy", _copy, overlay);
}
