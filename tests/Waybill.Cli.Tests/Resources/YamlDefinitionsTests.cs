using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Waybill.Cli.Resources;

namespace Waybill.Cli.Tests.Resources;

public class YamlDefinitionsTests
{
    [Fact]
    public void Split_SeveralDocuments_SlicesTileTheFile()
    {
        const string File = "# für alle 🚢\n---\n# one\na: 1 # x\n---\nb: |\n  --- not a marker\n  😀\n--- {c: 3}\n";

        Assert.Equal(["# für alle 🚢\n---\n# one\na: 1 # x\n", "---\nb: |\n  --- not a marker\n  😀\n", "--- {c: 3}\n"], Slices(File));
    }

    [Fact]
    public void Split_OneDocument_IsTheWholeFile() => Assert.Equal(["# c\n\na: 1\n\n\n# end"], Slices("# c\n\na: 1\n\n\n# end"));

    [Fact]
    public void Split_EmptyDocuments_AreLeftOut() =>
        Assert.Equal(["---\na: 1\n", "---\nb: 2\n"], Slices("---\na: 1\n---\n# only a comment\n---\nb: 2\n---\n"));

    [Fact]
    public void Split_LicenceBeforeTheFirstMarker_StaysWithTheFirstDocument() =>
        Assert.Equal(["# licence\n---\na: 1\n"], Slices("# licence\n---\na: 1\n"));

    [Fact]
    public void Split_EndMarkerAndDirective_BelongWhereYamlPutsThem() =>
        Assert.Equal(["a: 1\n...\n", "# about b\n%YAML 1.2\n---\nb: 2\n"], Slices("a: 1\n...\n# about b\n%YAML 1.2\n---\nb: 2\n"));

    [Fact]
    public void Split_CarriageReturns_Stay() => Assert.Equal(["a: ü\r\n", "---\r\nb: 2\r\n"], Slices("a: ü\r\n---\r\nb: 2\r\n"));

    [Fact]
    public void Split_ByteOrderMark_StaysInTheFirstSlice()
    {
        byte[] file = [0xEF, 0xBB, 0xBF, .. "a: 1\n---\nb: ü\n"u8];

        List<DefinitionDocument> documents = YamlDefinitions.Split(file);

        Assert.Equal([(0L, 8L), (8L, (long)file.Length)], documents.Select(document => (document.Start, document.End)));
    }

    [Fact]
    public void Split_Nothing_GivesNothing() => Assert.Empty(Slices("# nothing\n"));

    [Fact]
    public void Split_Alias_ReadsWhatItNames()
    {
        List<DefinitionDocument> documents = YamlDefinitions.Split("metadata: {labels: &all {app: web}}\nspec: {selector: *all}\n"u8.ToArray());

        Assert.Equal("web", documents[0].Root.Find("spec")!.Find("selector")!.FindText("app"));
    }

    [Theory]
    [InlineData("a: *nothing\n", 3)]
    [InlineData("a: &x {b: *x}\n", 10)]
    [InlineData("ä: [1\n", 7)]
    [InlineData("a: 'x\n", 3)]
    [InlineData("? [a]\n: b\n", 2)]
    public void Split_InvalidYaml_SaysWhere(string file, long offset)
    {
        var error = Assert.Throws<DefinitionException>(() => YamlDefinitions.Split(Encoding.UTF8.GetBytes(file)));

        Assert.Equal(offset, error.Offset);
    }

    [Fact]
    public void Split_NotUtf8_IsRefusedWithThePlace()
    {
        var error = Assert.Throws<DefinitionException>(() => YamlDefinitions.Split(new byte[] { (byte)'a', (byte)':', (byte)' ', 0xFF }));

        Assert.Equal(3, error.Offset);
    }

    [Fact]
    public void Split_TooDeep_IsRefused()
    {
        string file = string.Concat(Enumerable.Repeat("[", 2000));

        var error = Assert.Throws<DefinitionException>(() => YamlDefinitions.Split(Encoding.UTF8.GetBytes(file)));

        Assert.Contains("deeper", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Split_AliasBomb_IsReadWithoutExpandingIt()
    {
        var file = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 40; i++)
        {
            file.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [*a{i - 1},*a{i - 1},*a{i - 1},*a{i - 1}]\n");
        }

        Assert.Single(YamlDefinitions.Split(Encoding.UTF8.GetBytes(file.ToString())));
    }

    [Fact]
    public void Split_AnyMutationOfAFile_GivesSlicesOrOneKindOfError()
    {
        byte[] seed = "# x\napiVersion: v1\nmetadata: {name: ü, labels: {a: \"b\"}}\ndata: |\n  y\n---\n- &a 1\n- *a\n...\n%YAML 1.2\n---\n'q': >-\n z\n"u8.ToArray();
        Gen<byte[]> mutations =
            from count in Gen.Choose(1, 6)
            from places in Gen.Choose(0, seed.Length - 1).ArrayOf(count)
            from values in Gen.Elements("-:#{}[]&*!|>'\"%@,? \n\r\tx0\u00FF\u0080"u8.ToArray()).ArrayOf(count)
            select Mutate(seed, places, values);

        Prop.ForAll(mutations.ToArbitrary(), file =>
        {
            try
            {
                long end = 0;
                foreach (DefinitionDocument document in YamlDefinitions.Split(file))
                {
                    Assert.InRange(document.Start, end, file.Length);
                    Assert.InRange(document.End, document.Start, file.Length);
                    end = document.End;
                }
            }
            catch (DefinitionException error)
            {
                Assert.InRange(error.Offset, 0, file.Length);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static byte[] Mutate(byte[] seed, int[] places, byte[] values)
    {
        byte[] file = [.. seed];
        for (int i = 0; i < places.Length; i++)
        {
            file[places[i]] = values[i];
        }

        return file;
    }

    private static string[] Slices(string file)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(file);
        return [.. YamlDefinitions.Split(bytes).Select(d => Encoding.UTF8.GetString(bytes.AsSpan((int)d.Start, (int)(d.End - d.Start))))];
    }
}
