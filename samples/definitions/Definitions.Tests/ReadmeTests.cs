using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Waybill.Bundles;
using Waybill.Engine;

namespace Waybill.Samples.Definitions.Tests;

public sealed partial class ReadmeTests
{
    [Fact]
    public void Program_OfTheReadme_IsTheOneThatIsRun()
    {
        string shown = Block().Match(TestDocument.Text("README.md")).Groups[1].Value;
        string region = Region().Match(TestDocument.Text("ReadmeProgram.cs")).Groups[1].Value;
        string run = string.Concat(region.Split('\n')[..^1].Select(line => (line.Length > 8 ? line[8..] : "") + "\n"));

        Assert.Equal(run, shown);
    }

    [Fact]
    public async Task Program_OfTheReadme_MakesAPoint()
    {
        using var lab = new DefinitionLab();
        lab.AddDisk("db-data", 1);
        lab.AddTree("uploads", "one.txt");
        await File.WriteAllTextAsync(
            Path.Combine(lab.Directory, "compose.yaml"), "services: {db: {image: postgres, volumes: ['db-data:/var/lib/postgresql/data', './uploads:/in', '/tmp/x']}}\nvolumes: {db-data: {}}\n");

        ProtectResult point = await ReadmeProgram.RunAsync(lab.Context, lab.Directory);

        Assert.Equal("shop", point.Manifest.Application.Name);
        Assert.NotNull(point.Manifest.FindStream(StreamKind.BlockVolume, "db-data"));
        Assert.Single(point.Manifest.Streams, stream => stream.Kind == StreamKind.FileMeta);
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("#region README\n(.*?)#endregion", RegexOptions.Singleline)]
    private static partial Regex Region();
}
