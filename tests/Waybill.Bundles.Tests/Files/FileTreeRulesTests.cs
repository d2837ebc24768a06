using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Files;

public class FileTreeRulesTests
{
    [Fact]
    [Spec("R-05")]
    [Spec("R-06")]
    public void Add_TreeInOrder_IsTaken() => Check("d:", "d:a", "d:a/b", "f:a/b/c", "f:a/b/d", "f:a/c", "l:a.b", "d:b", "f:c");

    [Theory]
    [Spec("R-05")]
    [InlineData("d:", "f:b", "f:a")]
    [InlineData("d:", "d:a", "f:a.b", "f:a/x")]
    [InlineData("d:", "d:a", "f:a/x", "d:")]
    public void Add_OutOfOrder_IsRefused(params string[] entries) => Refuse(entries);

    [Theory]
    [Spec("R-05")]
    [InlineData("d:a")]
    [InlineData("f:")]
    [InlineData("l:")]
    public void Add_FirstIsNotTheRoot_IsRefused(params string[] entries) => Refuse(entries);

    [Theory]
    [Spec("R-06")]
    [InlineData("d:", "f:a", "f:a")]
    [InlineData("d:", "d:a", "f:a")]
    [InlineData("d:", "d:")]
    public void Add_PathTwice_IsRefused(params string[] entries) => Refuse(entries);

    [Theory]
    [Spec("R-06")]
    [InlineData("d:", "f:a/b")]
    [InlineData("d:", "f:a", "f:a/b")]
    [InlineData("d:", "l:a", "f:a/b")]
    [InlineData("d:", "d:a", "d:a/b", "f:a/b/c", "f:a/bb/c")]
    [InlineData("d:", "d:a", "f:a/b", "f:b/c")]
    [InlineData("d:", "d:a", "f:a/b/c/d")]
    public void Add_ParentIsNoDirectory_IsRefused(params string[] entries) => Refuse(entries);

    [Fact]
    [Spec("R-10")]
    public void Add_NamesOfOneFileAgree_IsTaken()
    {
        var rules = new FileTreeRules();
        rules.Add(Entry("d:"));
        rules.Add(Linked("f:a", 1) with { Size = 5, Extents = [new(0, 0, 5)] });
        rules.Add(Linked("f:b", 2));
        rules.Add(Linked("f:c", 1) with { Size = 5, Extents = [new(0, 0, 5)] });
    }

    public static TheoryData<string, FileTreeEntry> Disagreeing => new()
    {
        { "size", Linked("f:b", 1) with { Size = 6 } },
        { "mode", Linked("f:b", 1) with { Mode = 1 } },
        { "time", Linked("f:b", 1) with { Modified = new Timestamp(1, 0) } },
        { "content", Linked("f:b", 1) with { Size = 5, Extents = [new(0, 512, 5)] } },
        { "type", Linked("l:b", 1) },
        { "attributes", Linked("f:b", 1) with { Xattrs = [new([1], [2])] } },
        { "gaps", Linked("f:b", 1) with { Gaps = [new(FileGap.Data, "why")] } },
    };

    [Theory]
    [Spec("R-10")]
    [MemberData(nameof(Disagreeing))]
    public void Add_NamesOfOneFileDisagree_IsRefused(string what, FileTreeEntry second)
    {
        var rules = new FileTreeRules();
        rules.Add(Entry("d:"));
        rules.Add(Linked("f:a", 1));

        BundleFormatException error = Assert.Throws<BundleFormatException>(() => rules.Add(second, 99));

        Assert.True(error.Code == WaybillErrorCode.EntryInvalid, what);
        Assert.Equal("b", error.ObjectName);
        Assert.Equal(99, error.Offset);
    }

    [Fact]
    [Spec("R-05")]
    public void Complete_NoEntryAtAll_IsRefused() =>
        Assert.Equal(WaybillErrorCode.EntryInvalid, Assert.Throws<BundleFormatException>(new FileTreeRules().Complete).Code);

    private static void Check(params string[] entries)
    {
        var rules = new FileTreeRules();
        foreach (string entry in entries)
        {
            rules.Add(Entry(entry));
        }

        rules.Complete();
    }

    private static void Refuse(string[] entries)
    {
        Check(entries[..^1].Length == 0 ? ["d:"] : entries[..^1]);
        Assert.Equal(WaybillErrorCode.EntryInvalid, Assert.Throws<BundleFormatException>(() => Check(entries)).Code);
    }

    private static FileTreeEntry Linked(string text, ulong group) => Entry(text) with { LinkGroup = group };

    private static FileTreeEntry Entry(string text) => new()
    {
        Path = FilePath.FromText(text[2..]),
        Type = text[0] switch { 'd' => FileType.Directory, 'l' => FileType.SymbolicLink, _ => FileType.Regular },
    };
}
