using FsCheck;
using FsCheck.Fluent;
using Waybill.Tests.Shared;

namespace Waybill.Abstractions.Tests.Files;

public class FilePathTests
{
    [Theory]
    [Spec("R-05")]
    [InlineData("", "a")]
    [InlineData("a", "a/x")]
    [InlineData("a/x", "a.b")]
    [InlineData("a/x", "a b")]
    [InlineData("a/z/z", "a!")]
    [InlineData("a", "aa")]
    [InlineData("a/b", "a/b\u0001")]
    [InlineData("B", "a")]
    [InlineData("z", "\u00e4")]
    public void CompareTo_SlashBelowEveryOtherByte(string lower, string higher)
    {
        Assert.True(FilePath.FromText(lower) < FilePath.FromText(higher));
        Assert.True(FilePath.FromText(higher) > FilePath.FromText(lower));
        Assert.NotEqual(FilePath.FromText(lower), FilePath.FromText(higher));
    }

    [Fact]
    [Spec("R-05")]
    public void CompareTo_AnyPaths_OrdersLikeListsOfComponents()
    {
        Gen<byte[]> name = Gen.Elements("a"u8.ToArray(), "b"u8.ToArray(), "a\u0001"u8.ToArray(), "a-"u8.ToArray(), "a0"u8.ToArray(), [0xFF], " "u8.ToArray());
        Gen<byte[][]> components = Gen.ArrayOf(name);
        Prop.ForAll(Arb.From(components), Arb.From(components), (left, right) =>
        {
            int expected = CompareComponents(left, right);
            int actual = Join(left).CompareTo(Join(right));
            Assert.Equal(Math.Sign(expected), Math.Sign(actual));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [Spec("R-07")]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData("../a")]
    [InlineData("a/..")]
    [InlineData("a\0b")]
    public void TryFromBytes_UnsafeName_IsRefused(string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);

        Assert.False(FilePath.TryFromBytes(bytes, out FilePath path));
        Assert.True(path.IsRoot);
        Assert.Throws<ArgumentException>(() => FilePath.FromBytes(bytes));
    }

    [Theory]
    [Spec("R-07")]
    [Spec("R-08")]
    [InlineData("...")]
    [InlineData("..a/b..")]
    [InlineData(".hidden")]
    [InlineData("a b\n\t\\c")]
    [InlineData("-rf")]
    public void TryFromBytes_OddButHarmlessName_IsTaken(string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);

        Assert.True(FilePath.TryFromBytes(bytes, out FilePath path));
        Assert.True(bytes.AsSpan().SequenceEqual(path.Bytes));
    }

    [Fact]
    [Spec("R-07")]
    public void TryFromBytes_Lengths_EndAtTheLimits()
    {
        Assert.True(FilePath.TryFromBytes(Enumerable.Repeat((byte)'a', 255).ToArray(), out _));
        Assert.False(FilePath.TryFromBytes(Enumerable.Repeat((byte)'a', 256).ToArray(), out _));

        byte[] longest = [.. Enumerable.Repeat("a/"u8.ToArray(), 32_767).SelectMany(b => b), (byte)'a'];
        Assert.Equal(FilePath.MaxLength, longest.Length);
        Assert.True(FilePath.TryFromBytes(longest, out FilePath path));
        Assert.False(FilePath.TryFromBytes([.. longest, (byte)'b'], out _));
        Assert.False(path.CanAppend(1));
        Assert.Throws<ArgumentException>(() => path.Append("a"u8));
    }

    [Theory]
    [InlineData("a/b/c", "a/b", "c")]
    [InlineData("a", "", "a")]
    [InlineData("", "", "")]
    public void ParentAndName_TakeThePathApart(string text, string parent, string name)
    {
        FilePath path = FilePath.FromText(text);

        Assert.Equal(FilePath.FromText(parent), path.Parent);
        Assert.Equal(name, System.Text.Encoding.UTF8.GetString(path.Name));
        if (!path.IsRoot)
        {
            Assert.Equal(path, path.Parent.Append(path.Name));
            Assert.True(path.IsBelow(path.Parent));
        }
    }

    [Fact]
    public void IsBelow_SharedLetters_AreNotEnough()
    {
        Assert.False(FilePath.FromText("ab/c").IsBelow(FilePath.FromText("a")));
        Assert.False(FilePath.FromText("a").IsBelow(FilePath.FromText("a")));
        Assert.False(FilePath.Root.IsBelow(FilePath.Root));
        Assert.True(FilePath.FromText("a/b/c").IsBelow(FilePath.FromText("a")));
    }

    [Theory]
    [Spec("R-08")]
    [InlineData(new byte[] { }, ".")]
    [InlineData(new byte[] { 0xFF, (byte)'a', 0xC3 }, @"\xFFa\xC3")]
    [InlineData(new byte[] { 0xC3, 0xA4 }, "ä")]
    [InlineData(new byte[] { (byte)'a', 10, 0x1B, (byte)'[', 0x7F }, @"a\x0A\x1B[\x7F")]
    [InlineData(new byte[] { 0xE2, 0x80, 0xAE }, @"\xE2\x80\xAE")]
    [InlineData(new byte[] { 0xC2, 0x85 }, @"\xC2\x85")]
    [InlineData(new byte[] { (byte)'\\', (byte)'x' }, @"\\x")]
    public void ToString_ShowsWhatCanBeShown_EscapesTheRest(byte[] bytes, string expected) =>
        Assert.Equal(expected, FilePath.FromBytes(bytes).ToString());

    private static FilePath Join(byte[][] components) => components.Aggregate(FilePath.Root, (path, name) => path.Append(name));

    private static int CompareComponents(byte[][] left, byte[][] right)
    {
        for (int i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            int order = left[i].AsSpan().SequenceCompareTo(right[i]);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length - right.Length;
    }
}
