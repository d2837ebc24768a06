using k8s;
using k8s.Models;

namespace Waybill.Repository.Tests.Deployment;

/// <summary>The objects that a kustomization makes, read so strictly that a field the API does not know is an error.</summary>
internal sealed class Manifests
{
    private static readonly Dictionary<string, Type> s_customTypes = new()
    {
        ["snapshot.storage.k8s.io/v1/VolumeSnapshotClass"] = typeof(SnapshotClass),
        ["groupsnapshot.storage.k8s.io/v1/VolumeGroupSnapshotClass"] = typeof(SnapshotClass),
        ["cbt.storage.k8s.io/v1beta1/SnapshotMetadataService"] = typeof(SnapshotMetadataService),
        ["backup.waybill/v1/BackupService"] = typeof(BackupService),
    };

    private readonly List<object> _objects;

    private Manifests(List<object> objects)
    {
        _objects = objects;
    }

    public IEnumerable<IKubernetesObject<V1ObjectMeta>> All => _objects.Cast<IKubernetesObject<V1ObjectMeta>>();

    public V1PodSpec Pod => One<V1DaemonSet>().Spec.Template.Spec;

    public V1Container Driver => Pod.Containers.Single(container => container.Name == "driver");

    public IEnumerable<V1PolicyRule> Rules => Of<V1ClusterRole>().SelectMany(role => role.Rules).Concat(Of<V1Role>().SelectMany(role => role.Rules));

    /// <summary>Runs kustomize over a directory.</summary>
    /// <exception cref="SkipException">There is no kubectl, or one whose kustomize is too old.</exception>
    public static async Task<Manifests> BuildAsync(string directory)
    {
        await NeedKubectlAsync();
        ProcessResult result = await ProcessRun.RunAsync("kubectl", ["kustomize", directory], RepositoryFiles.Root);
        result.ThrowIfFailed();
        return new Manifests(KubernetesYaml.LoadAllFromString(result.Output, s_customTypes, strict: true));
    }

    public IEnumerable<T> Of<T>() => _objects.OfType<T>();

    public T One<T>() => Assert.Single(Of<T>());

    private static async Task NeedKubectlAsync()
    {
        ProcessResult version;
        try
        {
            version = await ProcessRun.RunAsync("kubectl", ["version", "--client"], RepositoryFiles.Root);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new SkipException("needs: kubectl");
        }

        Skip.IfNot(version.Output.Contains("Kustomize Version: v5", StringComparison.Ordinal), "needs: kubectl with kustomize 5");
    }
}

/// <summary>A class of snapshots, or of snapshots of groups: both have these fields.</summary>
internal sealed class SnapshotClass : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public string Driver { get; set; } = "";

    public string DeletionPolicy { get; set; } = "";

    public IDictionary<string, string>? Parameters { get; set; }
}

/// <summary>What tells clients where the snapshot metadata service of a driver is.</summary>
internal sealed class SnapshotMetadataService : IKubernetesObject<V1ObjectMeta>, IPublishedService
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public PublishedServiceSpec Spec { get; set; } = new();
}

/// <summary>What tells clients where the backup API of a driver is.</summary>
internal sealed class BackupService : IKubernetesObject<V1ObjectMeta>, IPublishedService
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public PublishedServiceSpec Spec { get; set; } = new();
}

/// <summary>What tells clients where a service of a driver is, and how they know it.</summary>
internal interface IPublishedService
{
    PublishedServiceSpec Spec { get; }
}

/// <summary>The fields of an <see cref="IPublishedService"/>.</summary>
internal sealed class PublishedServiceSpec
{
    public string Address { get; set; } = "";

    public string Audience { get; set; } = "";

    public string CaCert { get; set; } = "";
}
