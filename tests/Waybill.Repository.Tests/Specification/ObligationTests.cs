namespace Waybill.Repository.Tests.Specification;

public sealed class ObligationTests
{
    private static readonly SpecificationDocument s_document = SpecificationDocument.Load();

    [Fact]
    public void EveryMust_HasANumber() => Offences.MustBeNone(s_document.UnnumberedObligations);

    [Fact]
    public void Numbers_AreUnique_AndWithoutGaps()
    {
        foreach (IGrouping<char, string> area in s_document.Obligations.GroupBy(id => id[0]))
        {
            Assert.Equal(Enumerable.Range(1, area.Count()).Select(number => $"{area.Key}-{number:D2}"), area);
        }
    }

    [Fact]
    public async Task EveryObligation_IsNamed_ByATestOrAVector()
    {
        HashSet<string> named = [.. (await ReferencesAsync()).Select(reference => reference.Id)];

        Offences.MustBeNone(s_document.Obligations.Except(named));
    }

    [Fact]
    public async Task TestsAndVectors_NameOnly_ObligationsThatExist()
    {
        Assert.DoesNotContain(await ReferencesAsync(), reference => !s_document.Obligations.Contains(reference.Id));
    }

    private static async Task<(string Path, string Id)[]> ReferencesAsync() =>
    [
        .. from path in await RepositoryFiles.AllAsync()
           where path.StartsWith("tests/", StringComparison.Ordinal) && !path.StartsWith("tests/Waybill.Repository.Tests/", StringComparison.Ordinal)
           from id in References(path)
           select (path, id),
    ];

    private static IEnumerable<string> References(string path) => Path.GetExtension(path) switch
    {
        ".cs" => SpecReferences.InSource(RepositoryFiles.Read(path)),
        ".json" => SpecReferences.InJson(RepositoryFiles.Read(path)),
        _ => [],
    };
}
