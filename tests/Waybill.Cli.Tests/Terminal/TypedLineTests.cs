using System.Text;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Tests.Terminal;

public class TypedLineTests
{
    [Theory]
    [InlineData("hunter2\r", "hunter2")]
    [InlineData("\n", "")]
    [InlineData("a\u0004", "a")]
    [InlineData("grün€😀\r", "grün€😀")]
    [InlineData("grün€😀\u007f\b\r", "grün")]
    [InlineData("\u007f\u007fa\r", "a")]
    [InlineData("wrong\u0015right\r", "right")]
    [InlineData("a\u001b[1;5Cb\u001bOPc\u001b[3~\u001bxd\r", "abcd")]
    [InlineData("a\u001b[\r", null)]
    [InlineData("a\tb\u0001\r", "ab")]
    public void Line_IsWhatAPersonMeant(string typed, string? expected)
    {
        using var line = new TypedLine();
        byte[] bytes = Encoding.UTF8.GetBytes(typed);

        Assert.Equal(expected is null ? -1 : bytes.Length - 1, Array.FindIndex(bytes, line.Add));
        Assert.Equal(expected ?? "a", new string(line.ToCharacters()));
    }

    [Fact]
    public void Line_OfOtherEncoding_IsRefused()
    {
        using var line = new TypedLine();
        foreach (byte typed in new byte[] { (byte)'h', 0xfc, (byte)'n' })
        {
            line.Add(typed);
        }

        WaybillException error = Assert.Throws<WaybillException>(line.ToCharacters);
        Assert.Equal((WaybillErrorCode.KeyInvalid, null), (error.Code, error.InnerException));
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    [InlineData(10_000, false)]
    public void Line_ThatIsTooLong_IsRefused_AndNotCut(int length, bool taken)
    {
        using var line = new TypedLine();
        for (int i = 0; i < length; i++)
        {
            line.Add((byte)'a');
        }

        if (taken)
        {
            Assert.Equal(length, line.ToCharacters().Length);
            return;
        }

        Assert.Equal(WaybillErrorCode.KeyInvalid, Assert.Throws<WaybillException>(line.ToCharacters).Code);
        line.Add(0x15);
        line.Add((byte)'b');
        Assert.Equal("b", new string(line.ToCharacters()));
    }
}
