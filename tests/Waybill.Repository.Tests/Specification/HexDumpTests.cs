namespace Waybill.Repository.Tests.Specification;

public sealed class HexDumpTests
{
    [Fact]
    public void HexDump_OfTheSmallestBundle_IsTheVector()
    {
        byte[] vector = File.ReadAllBytes(RepositoryFiles.PathOf("tests/vectors/v1/smallest.waybill"));

        Assert.Equal(vector, SpecificationDocument.Load().HexDumps["smallest"]);
    }
}
