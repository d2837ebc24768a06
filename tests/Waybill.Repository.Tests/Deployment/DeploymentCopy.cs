namespace Waybill.Repository.Tests.Deployment;

/// <summary>A copy of the deployment, in which certificates can be made without leaving any in the repository.</summary>
internal static class DeploymentCopy
{
    public static async Task<string> MakeAsync(string source, string target)
    {
        foreach (string path in (await RepositoryFiles.AllAsync()).Where(path => path.StartsWith(source + "/", StringComparison.Ordinal)))
        {
            string to = Path.Combine(target, path[(source.Length + 1)..]);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(RepositoryFiles.PathOf(path), to);
        }

        return target;
    }

    /// <summary>Builds an overlay; the one that needs a certificate gets one first.</summary>
    public static async Task<Manifests> BuildAsync(string source, string target, string overlay)
    {
        if (!Directory.Exists(Path.Combine(target, "base")))
        {
            await MakeAsync(source, target);
        }

        string directory = Path.Combine(target, overlay);
        if (File.Exists(Path.Combine(directory, "make-certificate")))
        {
            (await MakeCertificateAsync(directory)).ThrowIfFailed();
        }

        return await Manifests.BuildAsync(directory);
    }

    public static Task<ProcessResult> MakeCertificateAsync(string directory) =>
        ProcessRun.RunAsync("bash", [Path.Combine(directory, "make-certificate"), "30"], directory);
}
