namespace Waybill.Repository.Tests.Documentation;

/// <summary>The tests that share one set of packages; making them takes longer than most tests.</summary>
[CollectionDefinition(Name)]
public sealed class PackagedWaybillGroup : ICollectionFixture<PackagedWaybill>
{
    public const string Name = "Packaged Waybill";
}
