using Waybill.Bundles.Format;

namespace Waybill.Repository.Tests.Specification;

public sealed class LayoutTests
{
    [Fact]
    public void Specification_And_Code_DescribeTheSameStructures()
    {
        Assert.Equal(
            SpecificationDocument.Load().Layouts.Keys.Order(StringComparer.Ordinal),
            WireLayouts.All.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ByteTable_Equals_TheCode(string name)
    {
        Assert.Equal(SpecificationDocument.Load().Layouts[name], WireLayouts.All[name]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ByteTable_HasNoHoleAndNoOverlap(string name)
    {
        int expected = 0;
        foreach (WireField field in SpecificationDocument.Load().Layouts[name])
        {
            Assert.True(field.Offset == expected, $"{name}.{field.Name} is at {field.Offset}, the field before ends at {expected}.");
            expected += field.Size;
        }
    }

    public static TheoryData<string> Names() => [.. WireLayouts.All.Keys];
}
