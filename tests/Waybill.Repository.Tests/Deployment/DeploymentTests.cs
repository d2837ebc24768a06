using System.Text.RegularExpressions;
using k8s.Models;

namespace Waybill.Repository.Tests.Deployment;

/// <summary>What the reference driver is deployed with, as far as it can be checked without a cluster.</summary>
public sealed partial class DeploymentTests : IDisposable
{
    private const string DriverName = "local.csi.waybill";
    private const string Source = "csi-driver/deploy";

    private readonly string _copy = Directory.CreateTempSubdirectory("waybill-deploy-").FullName;

    public static TheoryData<string> Overlays => ["base", "overlays/single-node", "overlays/snapshot-metadata", "overlays/backup-api"];

    public void Dispose() => Directory.Delete(_copy, recursive: true);

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public async Task EveryObject_HasOnlyFieldsOfItsApi_AndAPlace(string overlay)
    {
        Manifests manifests = await BuildAsync(overlay);

        Assert.All(manifests.All, item => Assert.NotEmpty(item.Metadata.Name));
        Assert.Equal(manifests.All.Count(), manifests.All.Select(item => (item.Kind, item.Metadata.NamespaceProperty, item.Metadata.Name)).Distinct().Count());
        string[] clusterKinds =
        [
            "Namespace", "ClusterRole", "ClusterRoleBinding", "CSIDriver", "StorageClass", "VolumeSnapshotClass", "VolumeGroupSnapshotClass", "SnapshotMetadataService",
            "BackupService", "CustomResourceDefinition",
        ];
        Assert.All(manifests.All.Where(item => !clusterKinds.Contains(item.Kind)), item => Assert.Equal("waybill-csi", item.Metadata.NamespaceProperty));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public async Task EveryPlaceThatNamesTheDriver_NamesTheSame(string overlay)
    {
        Manifests manifests = await BuildAsync(overlay);

        Assert.Equal(DriverName, manifests.One<V1CSIDriver>().Metadata.Name);
        Assert.Equal(DriverName, manifests.One<V1StorageClass>().Provisioner);
        Assert.All(manifests.Of<SnapshotClass>(), item => Assert.Equal(DriverName, item.Driver));
        Assert.Equal(2, manifests.Of<SnapshotClass>().Count());
        Assert.All(manifests.Of<SnapshotMetadataService>(), item => Assert.Equal(DriverName, item.Metadata.Name));
        Assert.All(manifests.Of<BackupService>(), item => Assert.Equal(DriverName, item.Metadata.Name));
        Assert.Contains($"--driver-name={DriverName}", manifests.Driver.Args);
        Assert.Equal($"/var/lib/kubelet/plugins/{DriverName}", manifests.Pod.Volumes.Single(volume => volume.Name == "socket").HostPath.Path);
        Assert.Contains($"--kubelet-registration-path=/var/lib/kubelet/plugins/{DriverName}/csi.sock", manifests.Pod.Containers.Single(c => c.Name == "registrar").Args);
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public async Task EveryImage_HasAVersion(string overlay)
    {
        Manifests manifests = await BuildAsync(overlay);

        Assert.All(manifests.Pod.Containers, container => Assert.Matches(PinnedImage(), container.Image));
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public async Task OnlyTheDriver_IsPrivileged(string overlay)
    {
        Manifests manifests = await BuildAsync(overlay);

        Assert.True(manifests.Driver.SecurityContext.Privileged);
        Assert.All(manifests.Pod.Containers.Where(container => container.Name != "driver"), container =>
        {
            Assert.NotEqual(true, container.SecurityContext.Privileged);
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public async Task NoRule_ReachesSecrets_OrEverything(string overlay)
    {
        Manifests manifests = await BuildAsync(overlay);

        Assert.All(manifests.Rules, rule =>
        {
            Assert.DoesNotContain("*", rule.ApiGroups.Concat(rule.Resources).Concat(rule.Verbs));
            Assert.DoesNotContain("secrets", rule.Resources);
        });

        // A rule for no one would go unnoticed, and so would a binding to an account or a role that is not there.
        string account = manifests.One<V1ServiceAccount>().Metadata.Name;
        Assert.Equal(account, manifests.Pod.ServiceAccountName);
        Assert.All(manifests.Of<V1ClusterRoleBinding>(), binding => CheckBinding(binding.RoleRef, binding.Subjects));
        Assert.All(manifests.Of<V1RoleBinding>(), binding => CheckBinding(binding.RoleRef, binding.Subjects));

        void CheckBinding(V1RoleRef role, IEnumerable<Rbacv1Subject> subjects)
        {
            Assert.Contains(manifests.All, item => item.Kind == role.Kind && item.Metadata.Name == role.Name);
            Assert.All(subjects, subject => Assert.Equal(("ServiceAccount", account, "waybill-csi"), (subject.Kind, subject.Name, subject.NamespaceProperty)));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Overlays))]
    public async Task EveryMountPortAndSecret_IsThere(string overlay)
    {
        Manifests manifests = await BuildAsync(overlay);

        string[] volumes = [.. manifests.Pod.Volumes.Select(volume => volume.Name)];
        Assert.All(manifests.Pod.Containers, container =>
        {
            Assert.All(container.VolumeMounts, mount => Assert.Contains(mount.Name, volumes));
            Assert.Contains(container.VolumeMounts, mount => mount.Name == "socket");
            foreach (V1Probe probe in new[] { container.ReadinessProbe, container.LivenessProbe }.Where(probe => probe is not null))
            {
                Assert.Contains(container.Ports, port => port.Name == probe.HttpGet.Port.Value);
            }
        });
        V1ContainerPort[] ports = [.. manifests.Pod.Containers.SelectMany(container => container.Ports ?? [])];
        Assert.Equal(ports.Length, ports.Select(port => port.ContainerPort).Distinct().Count());
        Assert.All(manifests.Of<V1Service>().SelectMany(service => service.Spec.Ports), port => Assert.Contains(ports, p => p.Name == port.TargetPort.Value));
        Assert.All(manifests.Pod.Volumes.Where(volume => volume.Secret is not null), volume =>
            Assert.Contains(manifests.Of<V1Secret>(), secret => secret.Metadata.Name == volume.Secret.SecretName));
        Assert.All(manifests.Of<V1Service>(), service =>
            Assert.All(service.Spec.Selector, pair => Assert.Equal(pair.Value, manifests.One<V1DaemonSet>().Spec.Template.Metadata.Labels[pair.Key])));

        // A probe restarts the container it stands in, and that must be the driver.
        Assert.Equal(["driver"], manifests.Pod.Containers.Where(container => container.LivenessProbe is not null).Select(container => container.Name));

        // What the driver mounts must be seen by the kubelet, and the other way round.
        Assert.Equal("Bidirectional", manifests.Driver.VolumeMounts.Single(mount => mount.Name == "kubelet").MountPropagation);
    }

    [SkippableFact]
    public async Task OneNode_TakesSnapshotsWithAnyController_AndGrowsVolumes()
    {
        Manifests everywhere = await BuildAsync("base");
        Manifests single = await BuildAsync("overlays/single-node");

        Assert.Contains("--node-deployment=true", everywhere.Pod.Containers.Single(c => c.Name == "snapshotter").Args);
        Assert.DoesNotContain("--node-deployment=true", single.Pod.Containers.Single(c => c.Name == "snapshotter").Args);
        Assert.DoesNotContain(everywhere.Pod.Containers, c => c.Name == "resizer");
        Assert.Contains(single.Pod.Containers, c => c.Name == "resizer");
    }

    internal Task<Manifests> BuildAsync(string overlay) => DeploymentCopy.BuildAsync(Source, _copy, overlay);

    [GeneratedRegex("^[a-z0-9./-]+:v?[0-9]+\\.[0-9]+\\.[0-9]+$")]
    private static partial Regex PinnedImage();
}
