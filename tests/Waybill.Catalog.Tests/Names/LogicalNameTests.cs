using FsCheck;
using FsCheck.Fluent;

namespace Waybill.Catalog.Tests.Names;

public class LogicalNameTests
{
    [Theory]
    [InlineData("/prod/store/shop", "prod", "store", "shop", "", null, ".")]
    [InlineData("/prod/store/shop@2026-03-01", "prod", "store", "shop", "", "2026-03-01T23:59:59.999999999Z", ".")]
    [InlineData("/prod/store/shop/data@2026-03-01T10:00:00.5Z/a/b", "prod", "store", "shop", "data", "2026-03-01T10:00:00.500000000Z", "a/b")]
    [InlineData("/-/*/shop/data", "", "*", "shop", "data", null, ".")]
    [InlineData("/a%2Fb/x%40y/s%25/v/%FF", "a/b", "x@y", "s%", "v", null, @"\xFF")]
    public void Parse_ReadsEveryPart(string text, string cluster, string space, string application, string volume, string? time, string path)
    {
        LogicalName name = LogicalName.Parse(text);

        Assert.Equal((cluster, space, application, volume, time, path), (name.Cluster, name.Namespace, name.Application, name.Volume, name.Time?.ToString(), name.Path.ToString()));
        Assert.Equal(name, LogicalName.Parse(name.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("prod/store/shop")]
    [InlineData("/prod/store")]
    [InlineData("/prod//shop")]
    [InlineData("//store/shop")]
    [InlineData("/prod/store/")]
    [InlineData("/prod/store/shop@yesterday")]
    [InlineData("/prod/store/shop@2026-03-01/data")]
    [InlineData("/prod/store/shop/data@2026-13-01")]
    [InlineData("/prod/store/shop/data/../x")]
    [InlineData("/prod/store/shop/data/a//b")]
    [InlineData("/prod/store/sh%op")]
    [InlineData("/prod/store/sh%FF")]
    [InlineData("/prod/store/shop/")]
    public void TryParse_OfAnythingElse_SaysNo(string text) => Assert.False(LogicalName.TryParse(text, null, out _));

    [Fact]
    public void ToString_OfAnyName_IsReadAsTheSame()
    {
        Gen<string> texts = ArbMap.Default.GeneratorFor<NonEmptyString>().Select(text => text.Get.Where(c => !char.IsSurrogate(c)).Aggregate("x", (all, c) => all + c));
        Gen<LogicalName> names =
            from parts in texts.ArrayOf(4)
            from seconds in Gen.Choose(-1_000_000_000, 2_000_000_000)
            from nanos in Gen.Choose(0, 999_999_999)
            from hasTime in ArbMap.Default.GeneratorFor<bool>()
            select new LogicalName
            {
                Cluster = parts[0], Namespace = parts[1], Application = parts[2], Volume = parts[3], Time = hasTime ? new Timestamp(seconds, nanos) : null, Path = FilePath.FromText("a@b/c%d"),
            };

        Prop.ForAll(names.ToArbitrary(), name => LogicalName.Parse(name.ToString()) == name && name.ToString().All(c => c is > ' ' and <= '~')).QuickCheckThrowOnFailure();
    }
}
