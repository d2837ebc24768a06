using Waybill.Bundles.Format;

namespace Waybill.Repository.Tests.Specification;

/// <summary>The checks on the specification are worth nothing if their reader overlooks what it should find.</summary>
public sealed class SpecificationDocumentTests
{
    [Fact]
    public void Parse_ByteTable_GivesItsRows()
    {
        SpecificationDocument document = SpecificationDocument.Parse("<!-- layout: Tail -->\n| off | size | field |\n|---|---|---|\n| 0 | 8 | magic |\n| 8 | 4 | crc |\n\ntext");

        Assert.Equal([new WireField("magic", 0, 8), new WireField("crc", 8, 4)], document.Layouts["Tail"]);
    }

    [Fact]
    public void Parse_LayoutWithoutTable_IsRefused()
    {
        Assert.Throws<FormatException>(() => SpecificationDocument.Parse("<!-- layout: Tail -->\n\n| off | size | field |"));
    }

    [Fact]
    public void Parse_MustWithoutNumber_IsReported()
    {
        SpecificationDocument document = SpecificationDocument.Parse(
            "MUST is used as in RFC 2119.\n- [F-01] It MUST.\n- It MUST too.\n```\nMUST\n```\n- [F-02] It\n  MUST NOT here.");

        Assert.Equal(["F-01", "F-02"], document.Obligations);
        Assert.Equal(["line 3: - It MUST too.", "line 8:   MUST NOT here."], document.UnnumberedObligations);
    }

    [Fact]
    public void Parse_HexDump_GivesItsBytes()
    {
        SpecificationDocument document = SpecificationDocument.Parse(
            """
            <!-- hexdump: smallest -->
            ```
            00000000  89 57 42 4c 0d 0a 1a 0a  01 00 00 00 40 00 00 00  |.WBL........@...|
            00000010  ff                                                |.|
            00000011
            ```
            """.ReplaceLineEndings("\n"));

        Assert.Equal(Convert.FromHexString("8957424c0d0a1a0a0100000040000000ff"), document.HexDumps["smallest"]);
    }

    [Fact]
    public void Parse_HexDumpWithAHole_IsRefused()
    {
        Assert.Throws<FormatException>(() => SpecificationDocument.Parse("<!-- hexdump: x -->\n```\n00000000  89 57\n00000003  42\n```"));
    }

    [Fact]
    public void SpecReferences_InSource_AreFoundOnTestsOnly()
    {
        const string Source =
            """
            [Spec("X-01")]
            public sealed class Tests
            {
                /// <summary>[Spec("X-02")]</summary>
                [Fact, Spec("X-03")]
                [Spec("X-04"), Spec("X-05")]
                public void Covered() { }

                [InlineData(1,
                    2)]
                [Theory]
                [Spec("X-06")]
                public void CoveredToo(int a, int b) { }

                // [Fact, Spec("X-07")]
                [Spec("X-08")]
                public void NotATest() { }

                [Fact(Skip = "later"), Spec("X-09")]
                public void NeverRun() { }
            }
            """;

        Assert.Equal(["X-01", "X-03", "X-04", "X-05", "X-06"], SpecReferences.InSource(Source));
    }

    [Fact]
    public void SpecReferences_InJson_AreFoundAtAnyDepth()
    {
        Assert.Equal(["F-01", "F-02", "M-03"], SpecReferences.InJson("""{ "spec": ["F-01", "F-02"], "cases": [{ "name": "a", "spec": ["M-03"] }], "other": ["F-09"] }"""));
    }
}
