using Grpc.Core;

namespace Waybill.Csi.Tests.Nodes;

public sealed class MountOptionsTests
{
    [Fact]
    public void Parse_OfWords_TellsFlagsOfTheKernelFromThoseOfTheFileSystem()
    {
        MountOptions options = MountOptions.Parse(["noatime", "nodev,commit=5", "ro", "rw", "defaults", "discard"]);

        Assert.Equal((nuint)(1024 | 4), options.Flags);
        Assert.Equal("commit=5,discard", string.Join(',', options.Data));
        Assert.False(options.IsReadOnly);
        Assert.True(options.WithReadOnly().IsReadOnly);
    }

    [Theory]
    [InlineData("remount")]
    [InlineData("bind")]
    [InlineData("loop=/dev/loop1")]
    [InlineData("a\0b")]
    public void Parse_OfWhatIsNoFlagOfAVolume_IsInvalid(string word)
    {
        RpcException error = Assert.Throws<RpcException>(() => MountOptions.Parse([word]));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Theory]
    [InlineData("discard", "discard")]
    [InlineData("nodiscard", "nodiscard")]
    [InlineData("discard=async", "discard=async")]
    [InlineData("noatime", "discard")]
    public void WithDefault_WhereTheOptionOrItsOppositeIsGiven_LeavesThat(string given, string expected)
    {
        Assert.Equal(expected, string.Join(',', MountOptions.Parse([given]).WithDefault("discard").Data));
    }

    [Theory]
    [InlineData("noatime", "rw,noatime", true)]
    [InlineData("noatime", "rw,relatime", false)]
    [InlineData("", "ro,relatime", false)]
    [InlineData("ro,nosuid", "ro,nosuid,relatime", true)]
    [InlineData("commit=5", "rw,relatime", true)]
    public void Match_ComparesWhatTheKernelShows(string flags, string shown, bool expected)
    {
        var entry = new MountEntry(1, "7:0", "/", "/mnt", shown, "ext4", "/dev/loop0", "rw");

        Assert.Equal(expected, MountOptions.Parse([flags]).Match(entry));
    }
}
