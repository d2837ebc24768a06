using System.Collections.Immutable;

namespace Waybill.Abstractions.Tests.Tags;

public sealed class TagTests
{
    [Fact]
    public void User_Tag_IsTextFromAUser_ForInternalEyes()
    {
        Tag tag = Tag.User("owner", "ann");

        Assert.Equal("owner", tag.Key);
        Assert.Equal(new TagValue.Text("ann"), tag.Value);
        Assert.Equal(TagSource.User, tag.Source);
        Assert.Equal(TagSensitivity.Internal, tag.Sensitivity);
        Assert.Null(tag.Observed);
    }

    [Fact]
    public void Values_WithCollections_AreEqualByContent()
    {
        Assert.Equal(new TagValue.Raw([1, 2]), new TagValue.Raw(ImmutableArray.Create<byte>(1, 2)));
        Assert.Equal(new TagValue.Raw([1, 2]).GetHashCode(), new TagValue.Raw([1, 2]).GetHashCode());
        Assert.NotEqual(new TagValue.Raw([1, 2]), new TagValue.Raw([1, 3]));
        Assert.Equal(new TagValue.TextList(["a", "b"]), new TagValue.TextList(["a", "b"]));
        Assert.Equal(new TagValue.TextList(["a", "b"]).GetHashCode(), new TagValue.TextList(["a", "b"]).GetHashCode());
        Assert.NotEqual(new TagValue.TextList(["a", "b"]), new TagValue.TextList(["b", "a"]));
    }

    [Fact]
    public void Values_OfDifferentTypes_AreNeverEqual()
    {
        TagValue[] values = [new TagValue.Text("1"), new TagValue.Number(1), new TagValue.Flag(true), new TagValue.Raw([1]), new TagValue.TextList(["1"])];

        Assert.Equal(values.Length, values.Distinct().Count());
    }

    [Fact]
    public void ToString_OfEveryType_ReadsNaturally()
    {
        Assert.Equal("a b", new TagValue.Text("a b").ToString());
        Assert.Equal("-1234567", new TagValue.Number(-1234567).ToString());
        Assert.Equal("true", new TagValue.Flag(true).ToString());
        Assert.Equal("00ff", new TagValue.Raw([0, 255]).ToString());
        Assert.Equal("1970-01-01T00:00:00Z", new TagValue.Time(default).ToString());
        Assert.Equal("a, b", new TagValue.TextList(["a", "b"]).ToString());
    }
}
