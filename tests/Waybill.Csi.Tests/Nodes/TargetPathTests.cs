namespace Waybill.Csi.Tests.Nodes;

public sealed class TargetPathTests
{
    [Theory]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/a//b/", "/a/b")]
    [InlineData("/a/..b/.c", "/a/..b/.c")]
    [InlineData("/", null)]
    [InlineData("a/b", null)]
    [InlineData("", null)]
    [InlineData("/a/../b", null)]
    [InlineData("/a/./b", null)]
    [InlineData("/a/\0", null)]
    public void Normalize_GivesOneFormOrNone(string path, string? expected)
    {
        Assert.Equal(expected, TargetPath.Normalize(path));
    }

    [Fact]
    public void Normalize_OfAPathThatTheSystemCannotTake_GivesNone()
    {
        Assert.Null(TargetPath.Normalize("/" + new string('a', 4096)));
        Assert.NotNull(TargetPath.Normalize("/" + new string('a', 4095)));
    }
}
