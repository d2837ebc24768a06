using System.Text;
using Waybill.Csi.Hosting;
using Waybill.Csi.Tests.Support;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Hosting;

public sealed class AuthorityTests : IDisposable
{
    private const string Call = "/csi.v1.Identity/GetPluginInfo";

    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));

    public void Dispose() => _limit.Dispose();

    public static TheoryData<string> Authorities =>
        ["localhost", "", "%2Frun%2Fcsi%2Fcsi.sock", "/run/csi/csi.sock", "unix:///csi.sock", "a b", "[::1", "host:port:more", "é\u0001", new string('%', 300)];

    [Theory]
    [MemberData(nameof(Authorities))]
    public async Task Call_WithAnyAuthority_IsAnswered(string authority)
    {
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(host.Server.SocketPath, _limit.Token);

        byte[] answer = await connection.CallAsync(1, RawHttp2.Block(Call, RawHttp2.Literal(0x01, authority)), _limit.Token);

        Assert.Contains("csi.example.com", Encoding.UTF8.GetString(answer));
    }

    [Fact]
    public async Task Call_WithoutAuthority_IsAnswered()
    {
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(host.Server.SocketPath, _limit.Token);

        byte[] answer = await connection.CallAsync(1, RawHttp2.Block(Call, []), _limit.Token);

        Assert.Contains("csi.example.com", Encoding.UTF8.GetString(answer));
    }

    [Fact]
    public async Task Calls_ThatReferToTheAuthorityOfAnEarlierOne_AreAnsweredUntilBothEndsForgetIt()
    {
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(host.Server.SocketPath, _limit.Token);
        byte[] plain = RawHttp2.Block(Call, RawHttp2.Literal(0x01, "localhost"));

        // In a table of 4096 bytes an entry takes 32 bytes more than its name and value: the authority 542, each user agent 142. 25 of those leave room for it.
        int stream = 1;
        await connection.CallAsync(stream, RawHttp2.Block(Call, RawHttp2.Remembered(1, new string('%', 500))), _limit.Token);
        for (int agent = 0; agent < 25; agent++)
        {
            await connection.CallAsync(stream += 2, [.. plain, .. RawHttp2.Remembered(58, new string('u', 100))], _limit.Token);
        }

        byte[] answer = await connection.CallAsync(stream += 2, RawHttp2.Block(Call, [0x80 | (62 + 25)]), _limit.Token);
        Assert.Contains("csi.example.com", Encoding.UTF8.GetString(answer));

        await connection.CallAsync(stream += 2, [.. plain, .. RawHttp2.Remembered(58, new string('u', 100))], _limit.Token);
        Exception? end = await Record.ExceptionAsync(() => connection.CallAsync(stream + 2, RawHttp2.Block(Call, [0x80 | (62 + 26)]), _limit.Token));
        Assert.True(end is InvalidOperationException or IOException, $"{end}"); // the server says that it ends the connection, or has ended it already
    }

    [Fact]
    public async Task Call_WithHeadersInSeveralFramesPaddedAndWithPriority_IsAnswered()
    {
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());
        await using RawHttp2 connection = await RawHttp2.ConnectAsync(host.Server.SocketPath, _limit.Token);
        byte[] block = RawHttp2.Block(Call, RawHttp2.Literal(0x01, "%2Fa%2Fb"));

        // Cut in the middle of the authority.
        int cut = block.Length / 2;
        await connection.SendAsync(1, 0x8 | 0x20, 1, [3, 0, 0, 0, 0, 15, .. block[..cut], 0, 0, 0], _limit.Token);
        await connection.SendAsync(9, 0, 1, block[cut..(cut + 1)], _limit.Token);
        await connection.SendAsync(9, 0x4, 1, block[(cut + 1)..], _limit.Token);

        Assert.Contains("csi.example.com", Encoding.UTF8.GetString(await connection.FinishAsync(1, _limit.Token)));
    }

    [Fact]
    public void Replace_OfHuffmanCodedAuthority_KeepsItsDecodedLength()
    {
        // "%2Frun%2Fcsi%2Fcsi.sock" as HPACK codes it.
        byte[] coded = Convert.FromHexString("54586cb6a545848832a2c24419741c9d7f");
        byte[] block = [0x83, 0x41, (byte)(0x80 | coded.Length), .. coded, 0x86];

        byte[]? replaced = AuthorityField.Replace(block);

        Assert.Equal([0x83, 0x41, 23, .. Enumerable.Repeat((byte)'x', 23), 0x86], replaced);
    }

    [Theory]
    [InlineData("f1e3c2e5f23a6ba0ab90f4ff", "www.example.com")]
    [InlineData("d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT")]
    [InlineData("94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")]
    public void Decode_OfTheExamplesOfTheStandard_GivesTheirText(string coded, string text) =>
        Assert.Equal(text, Encoding.ASCII.GetString(HpackHuffman.Decode(Convert.FromHexString(coded))!));

    [Theory]
    [InlineData("ff")]
    [InlineData("fffffffc")]
    [InlineData("ffffffff")]
    [InlineData("00ffff")]
    public void Decode_OfWhatIsNoCode_GivesNothing(string coded) => Assert.Null(HpackHuffman.Decode(Convert.FromHexString(coded)));

    [Theory]
    [InlineData("")]
    [InlineData("41")]
    [InlineData("41ff")]
    [InlineData("4105ab")]
    [InlineData("7fffffffff")]
    [InlineData("00")]
    [InlineData("8382")]
    public void Replace_OfWhatIsCutOrNeedsNothing_LeavesTheBlockToTheServer(string block) => Assert.Null(AuthorityField.Replace(Convert.FromHexString(block)));
}
