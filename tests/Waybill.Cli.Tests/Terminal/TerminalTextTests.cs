using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Tests.Terminal;

public class TerminalTextTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("Müller 東京 🚢", "Müller 東京 🚢")]
    [InlineData("\u001b[2J\u0007", @"\u{1B}[2J\u{7}")]
    [InlineData("a\r\nb\t", @"a\u{D}\u{A}b\u{9}")]
    [InlineData("\u009bx\u007f", @"\u{9B}x\u{7F}")]
    [InlineData("invoice\u202Efdp.exe", @"invoice\u{202E}fdp.exe")]
    [InlineData("\u2066\u2069\u200F\u061C", @"\u{2066}\u{2069}\u{200F}\u{61C}")]
    [InlineData("a\u200Bb\uFEFF\u2028\u00A0", @"a\u{200B}b\u{FEFF}\u{2028}\u{A0}")]
    [InlineData("x\U000E0041", @"x\u{E0041}")]
    public void Escape_Text_ShowsWhatIsNotVisible(string text, string expected) => Assert.Equal(expected, TerminalText.Escape(text));

    [Fact]
    public void Escape_HalfOfASurrogatePair_IsShownAsItsNumber() => Assert.Equal(@"\u{D800}a", TerminalText.Escape("\ud800a"));

    [Fact]
    public void Escape_Bytes_ShowsWhatIsNotUtf8() =>
        Assert.Equal(@"ü\xFF\u{1B}\xC3", TerminalText.Escape([0xC3, 0xBC, 0xFF, 0x1B, 0xC3]));

    [Fact]
    public void Escape_AnyText_LeavesNothingThatATerminalObeys() => Prop.ForAll<string>(text =>
    {
        string escaped = TerminalText.Escape(text ?? "");

        Assert.DoesNotContain(escaped, c => char.IsControl(c) || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'));
        Assert.Equal(escaped, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(escaped)));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TryDecode_NotUtf8_SaysSo()
    {
        Assert.True(TerminalText.TryDecode("ü"u8, out string text));
        Assert.Equal("ü", text);
        Assert.False(TerminalText.TryDecode([(byte)'a', 0xFF], out text));
        Assert.Equal("a\uFFFD", text);
    }
}
