using System.Reflection;
using System.Xml.Linq;
using Waybill.Repository.Tests.Api;

namespace Waybill.Repository.Tests;

public sealed class LayeringTests
{
    private static readonly string[] s_hiddenNamespaces = ["Google", "Grpc", "K4os", "ZstdSharp"];

    [Fact]
    public async Task Sources_NeverReferTo_SamplesDriverOrTests()
    {
        List<string> offences = [];
        foreach (string path in (await RepositoryFiles.AllAsync()).Where(IsSourceBuildFile))
        {
            string directory = Path.GetDirectoryName(RepositoryFiles.PathOf(path))!;
            foreach (XElement element in XDocument.Load(RepositoryFiles.PathOf(path)).Descendants())
            {
                foreach (string name in (string[])["Include", "Project"])
                {
                    string reference = (element.Attribute(name)?.Value ?? "").Replace("$(MSBuildThisFileDirectory)", "", StringComparison.Ordinal);
                    if (reference.Contains('/', StringComparison.Ordinal) && !reference.Contains("$(", StringComparison.Ordinal)
                        && LeavesForOuterLayer(Path.GetFullPath(reference, directory)))
                    {
                        offences.Add($"{path}: {element.Name.LocalName} {reference}");
                    }
                }
            }
        }

        Offences.MustBeNone(offences);
    }

    [Theory]
    [MemberData(nameof(SourceProjects.Names), MemberType = typeof(SourceProjects))]
    public void PublicApi_Exposes_NoTypeOfAnEncodingOrCompressionLibrary(string project)
    {
        Assembly assembly = SourceProjects.Load(project);

        IEnumerable<string> exposed =
            from use in ApiSurface.TypesInSignatures(assembly)
            let root = (use.Type.Namespace ?? "").Split('.')[0]
            where s_hiddenNamespaces.Contains(root)
            select $"{use.Member} exposes {use.Type}";

        Offences.MustBeNone(exposed.Order(StringComparer.Ordinal));
    }

    private static bool IsSourceBuildFile(string path) =>
        path.StartsWith("src/", StringComparison.Ordinal) && Path.GetExtension(path) is ".csproj" or ".props" or ".targets";

    private static bool LeavesForOuterLayer(string target) =>
        Path.GetRelativePath(RepositoryFiles.Root, target).Replace('\\', '/').Split('/')[0] is "samples" or "csi-driver" or "mover" or "tests";
}
