using Waybill.Vectors;
using Waybill.Vectors.Cases;

namespace Waybill.Bundles.Tests.Vectors;

public sealed class VectorGeneratorTests
{
    [Fact]
    public void Generator_RunAgain_MakesTheSameVectors()
    {
        IReadOnlyList<string> differences = new VectorFolder(VectorDocument.Directory).Synchronize(VectorCatalog.All, write: false, force: false);

        Assert.Empty(differences);
    }

    [Fact]
    public void Generator_AskedToReplaceAVector_LeavesItUnlessForced()
    {
        string directory = Directory.CreateTempSubdirectory("vectors").FullName;
        try
        {
            Vector[] before = [new("v1", "x", "First.", ["F-01"], () => new VectorBundle([1]))];
            Vector[] after = [before[0] with { Make = () => new VectorBundle([2]) }];
            var folder = new VectorFolder(directory);

            Assert.Empty(folder.Synchronize(before, write: true, force: false));
            Assert.Equal(["v1/x.waybill is not what the generator makes"], folder.Synchronize(after, write: true, force: false));
            Assert.Equal([1], File.ReadAllBytes(Path.Combine(directory, "v1/x.waybill")));
            Assert.Empty(folder.Synchronize(after, write: true, force: true));
            Assert.Equal([2], File.ReadAllBytes(Path.Combine(directory, "v1/x.waybill")));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Vectors_Together_StaySmall()
    {
        long size = Directory.EnumerateFiles(VectorDocument.Directory, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

        Assert.InRange(size, 1, 6 * 1024 * 1024);
    }
}
