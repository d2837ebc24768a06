using System.Security.Cryptography;
using k8s;
using k8s.Exceptions;
using k8s.KubeConfigModels;

namespace Waybill.Kubernetes;

/// <summary>Finds out who asks and where, by the rules of kubectl, and finds out anew when a credential has run out.</summary>
internal sealed class KubeConfigLoader(ClusterOptions options)
{
    public async Task<KubeIdentity> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A credential plugin is a process that the library waits for.
            KubernetesClientConfiguration configuration = await Task.Run(() => BuildAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            configuration.UserAgent = options.UserAgent;
            return new KubeIdentity(configuration);
        }
        catch (Exception error) when (error is KubeConfigException or IOException or UnauthorizedAccessException or FormatException or CryptographicException
            or YamlDotNet.Core.YamlException or UriFormatException)
        {
            throw new WaybillException(WaybillErrorCode.ClusterConfigInvalid, error.Message, error)
            {
                ObjectName = options.KubeConfig.Length > 0 ? options.KubeConfig : null,
                Hint = "Try the same context with kubectl.",
            };
        }
    }

    private async Task<KubernetesClientConfiguration> BuildAsync(CancellationToken cancellationToken)
    {
        if (options.InCluster)
        {
            return KubernetesClientConfiguration.InClusterConfig();
        }

        FileInfo[] files = [.. Candidates().Where(file => file.Exists)];
        if (files.Length == 0)
        {
            return options.KubeConfig.Length == 0 && options.Context.Length == 0 && KubernetesClientConfiguration.IsInCluster()
                ? KubernetesClientConfiguration.InClusterConfig()
                : throw new KubeConfigException($"There is no kubeconfig: {string.Join(", ", Candidates().Select(file => file.FullName))}");
        }

        K8SConfiguration merged = await ReadAsync(files[0], cancellationToken).ConfigureAwait(false);
        foreach (FileInfo file in files[1..])
        {
            cancellationToken.ThrowIfCancellationRequested();
            K8SConfiguration next = await ReadAsync(file, cancellationToken).ConfigureAwait(false);
            merged.CurrentContext ??= next.CurrentContext;
            merged.Clusters = [.. (merged.Clusters ?? []).Concat(next.Clusters ?? []).DistinctBy(cluster => cluster.Name)];
            merged.Users = [.. (merged.Users ?? []).Concat(next.Users ?? []).DistinctBy(user => user.Name)];
            merged.Contexts = [.. (merged.Contexts ?? []).Concat(next.Contexts ?? []).DistinctBy(context => context.Name)];
        }

        if (options.Context.Length > 0 && (merged.Contexts ?? []).All(context => context.Name != options.Context))
        {
            throw new KubeConfigException(
                $"There is no context '{options.Context}'; there is: {string.Join(", ", (merged.Contexts ?? []).Select(context => context.Name).Order(StringComparer.Ordinal))}");
        }

        return KubernetesClientConfiguration.BuildConfigFromConfigObject(merged, options.Context.Length > 0 ? options.Context : null);
    }

    private static async Task<K8SConfiguration> ReadAsync(FileInfo file, CancellationToken cancellationToken)
    {
        // The client's reader fails on a file without a document, instead of saying so.
        string[] lines = await File.ReadAllLinesAsync(file.FullName, cancellationToken).ConfigureAwait(false);
        return lines.All(IsWithoutContent)
            ? throw new KubeConfigException($"The kubeconfig is empty: {file.FullName}")
            : await KubernetesClientConfiguration.LoadKubeConfigAsync(file).ConfigureAwait(false);
    }

    private static bool IsWithoutContent(string line) => line.AsSpan().Trim() is [] or ['#', ..] or "---" or "...";

    private IEnumerable<FileInfo> Candidates()
    {
        if (options.KubeConfig.Length > 0)
        {
            return [new FileInfo(options.KubeConfig)];
        }

        string? listed = Environment.GetEnvironmentVariable("KUBECONFIG");
        return string.IsNullOrEmpty(listed)
            ? [new FileInfo(KubernetesClientConfiguration.KubeConfigDefaultLocation)]
            : listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(path => new FileInfo(path.Trim('"')));
    }
}
