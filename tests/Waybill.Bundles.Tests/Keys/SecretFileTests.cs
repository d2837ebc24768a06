using System.Text;
using Waybill.Bundles.Tests.Local;

namespace Waybill.Bundles.Tests.Keys;

public sealed class SecretFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Read_GivesTheBytesAsTheyAre()
    {
        Write("\n\0x\r\n");

        Assert.Equal("\n\0x\r\n"u8.ToArray(), await SecretFile.ReadAsync(_directory["f"], 5));
    }

    [Fact]
    public async Task Read_OfALongerFile_IsRefused()
    {
        Write("123456");

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => SecretFile.ReadAsync(_directory["f"], 5));

        Assert.Equal((WaybillErrorCode.KeyInvalid, _directory["f"]), (error.Code, error.ObjectName));
    }

    [SkippableFact]
    public async Task Read_OfAFileThatOthersMayRead_IsRefused()
    {
        Write("x");
        Rights.Set(_directory["f"], UnixFileMode.UserRead | UnixFileMode.GroupRead);

        Assert.Equal(WaybillErrorCode.KeyInvalid, (await Assert.ThrowsAsync<WaybillException>(() => SecretFile.ReadAsync(_directory["f"], 5))).Code);
        Assert.Equal(WaybillErrorCode.KeyInvalid, (await Assert.ThrowsAsync<WaybillException>(() => SecretFile.ReadPassphraseAsync(_directory["f"]))).Code);
    }

    [SkippableFact]
    public async Task Read_ThroughALink_LooksAtTheFileItself()
    {
        Write("x");
        File.CreateSymbolicLink(_directory["link"], _directory["f"]);

        Assert.Single(await SecretFile.ReadAsync(_directory["link"], 5));
    }

    [SkippableFact]
    public async Task Read_OfAPipe_TakesIt()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs: named pipes in the file system");
        Tool.Run("mkfifo", "-m", "666", _directory["pipe"]);

        Task<char[]> reading = Task.Run(() => SecretFile.ReadPassphraseAsync(_directory["pipe"]));
        await Task.Run(() => File.WriteAllText(_directory["pipe"], "hush\n"));

        Assert.Equal("hush", new string(await reading));
    }

    [Theory]
    [InlineData("hush")]
    [InlineData("hush\n")]
    [InlineData("hush\r\n")]
    public async Task Passphrase_IsTheOnlyLine(string content)
    {
        Write(content);

        Assert.Equal("hush", new string(await SecretFile.ReadPassphraseAsync(_directory["f"])));
        Assert.Equal("hush", new string(await SecretFile.ReadPassphraseAsync(new MemoryStream(Encoding.UTF8.GetBytes(content)), "pipe")));
    }

    [Theory]
    [InlineData(" hush ü ✓ ")]
    [InlineData("\thush")]
    public async Task Passphrase_KeepsSpacesAndLetters(string passphrase)
    {
        Write(passphrase + "\n");

        Assert.Equal(passphrase, new string(await SecretFile.ReadPassphraseAsync(_directory["f"])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("a\nb\n")]
    [InlineData("a\n\n")]
    [InlineData("a\rb")]
    [InlineData("a\0b\n")]
    public async Task Passphrase_ThatIsNotOneLine_IsRefused(string content)
    {
        Write(content);

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => SecretFile.ReadPassphraseAsync(_directory["f"]));

        Assert.Equal((WaybillErrorCode.KeyInvalid, _directory["f"]), (error.Code, error.ObjectName));
    }

    [Fact]
    public async Task Passphrase_ThatIsNoText_IsRefusedWithoutQuotingIt()
    {
        WaybillException error = await Assert.ThrowsAsync<WaybillException>(() => SecretFile.ReadPassphraseAsync(new MemoryStream([(byte)'a', 0xC3]), "pipe"));

        Assert.Equal((WaybillErrorCode.KeyInvalid, "pipe"), (error.Code, error.ObjectName));
        Assert.Null(error.InnerException);
    }

    [Fact]
    public async Task Read_OfAMissingFileOrADirectory_SaysSo()
    {
        foreach (string name in (string[])["none", "."])
        {
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => SecretFile.ReadAsync(_directory[name], 5));
            Assert.Equal(WaybillErrorCode.SourceReadFailed, error.Code);
        }
    }

    private void Write(string content)
    {
        File.WriteAllText(_directory["f"], content);
        if (!OperatingSystem.IsWindows())
        {
            Rights.Set(_directory["f"], Rights.OwnerOnly);
        }
    }
}
