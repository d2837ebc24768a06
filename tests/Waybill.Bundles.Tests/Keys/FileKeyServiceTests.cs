using System.Security.Cryptography;
using Waybill.Bundles.Keys;
using Waybill.Bundles.Tests.Local;

namespace Waybill.Bundles.Tests.Keys;

public sealed class FileKeyServiceTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly FileKeyService _service;

    public FileKeyServiceTests() => _service = new FileKeyService(_directory["keys"]);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Recipient_OfAKey_IsOpenedByTheService()
    {
        await _service.CreateKeyAsync("backup-2026");
        var recipient = new KeyServiceRecipient(_service, "backup-2026");
        using var key = new KeyServiceBundleKey(new FileKeyService(_directory["keys"]));
        byte[] block = KeyLab.Block();
        byte[] context = KeyLab.Context(RecipientType.KeyService);

        WrappedKey wrapped = await recipient.WrapAsync(block, context, CancellationToken.None);

        Assert.Equal(block, await key.TryUnwrapAsync(wrapped, context, CancellationToken.None));
    }

    [Fact]
    public async Task Unwrap_WithAnotherKeyOrName_GivesNothing()
    {
        await _service.CreateKeyAsync("a");
        await _service.CreateKeyAsync("b");
        byte[] wrapped = await _service.WrapAsync("a", "secret"u8.ToArray());

        Assert.Equal("secret"u8.ToArray(), await _service.UnwrapAsync("a", wrapped));
        Assert.Null(await _service.UnwrapAsync("b", wrapped));
        File.Copy(_directory["keys/key-a"], _directory["keys/key-c"]); // the same key by another name
        Assert.Null(await _service.UnwrapAsync("c", wrapped));
        Assert.Null(await _service.UnwrapAsync("none", wrapped));
    }

    [Fact]
    public async Task Unwrap_OfChangedBytes_GivesNothing()
    {
        await _service.CreateKeyAsync("a");
        byte[] wrapped = await _service.WrapAsync("a", "secret"u8.ToArray());
        for (int i = 0; i < wrapped.Length; i++)
        {
            byte[] changed = [.. wrapped];
            changed[i] ^= 4;
            Assert.True(await _service.UnwrapAsync("a", changed) is null, $"byte {i}");
            Assert.True(await _service.UnwrapAsync("a", wrapped.AsMemory(0, i)) is null, $"{i} bytes");
        }
    }

    [Fact]
    public async Task Wrap_Twice_UsesDifferentNonces()
    {
        await _service.CreateKeyAsync("a");

        Assert.NotEqual(await _service.WrapAsync("a", new byte[1]), await _service.WrapAsync("a", new byte[1]));
    }

    [Fact]
    public async Task Wrap_WithAKeyThatIsNotThere_Fails()
    {
        WaybillException error = await Assert.ThrowsAsync<WaybillException>(async () => await _service.WrapAsync("none", new byte[1]));

        Assert.Equal((WaybillErrorCode.KeyServiceFailed, "none", false), (error.Code, error.ObjectName, error.IsTransient));
    }

    [SkippableFact]
    public async Task CreatedKey_IsItsOwnersAlone_AndRandom()
    {
        await _service.CreateKeyAsync("a");
        await _service.CreateKeyAsync("b");

        Assert.Equal(Rights.OwnerOnly, Rights.Of(_directory["keys/key-a"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, Rights.Of(_directory["keys"]));
        Assert.Equal(32, (await File.ReadAllBytesAsync(_directory["keys/key-a"])).Length);
        Assert.NotEqual(await File.ReadAllBytesAsync(_directory["keys/key-a"]), await File.ReadAllBytesAsync(_directory["keys/key-b"]));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_directory["keys"]).Count());
    }

    [Fact]
    public async Task Create_OfAKeyThatExists_LeavesIt()
    {
        await _service.CreateKeyAsync("a");
        byte[] before = await File.ReadAllBytesAsync(_directory["keys/key-a"]);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => _service.CreateKeyAsync("a"));

        Assert.Equal(WaybillErrorCode.TargetExists, error.Code);
        Assert.Equal(before, await File.ReadAllBytesAsync(_directory["keys/key-a"]));
    }

    [Fact]
    public async Task Create_ByManyAtOnce_MakesOne()
    {
        bool[] made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            try
            {
                await new FileKeyService(_directory["keys"]).CreateKeyAsync("a");
                return true;
            }
            catch (ProviderException e) when (e.Code == WaybillErrorCode.TargetExists)
            {
                return false;
            }
        })));

        Assert.Single(made, true);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("/etc/passwd")]
    [InlineData("c:a")]
    [InlineData("A")]
    [InlineData("-a")]
    [InlineData(".a")]
    [InlineData("a b")]
    [InlineData("a\0")]
    [InlineData("ä")]
    public async Task Name_ThatLeadsElsewhere_IsNoKey(string name)
    {
        byte[] wrapped = new byte[64];

        await Assert.ThrowsAsync<ArgumentException>(() => _service.CreateKeyAsync(name));
        Assert.Equal(WaybillErrorCode.KeyServiceFailed, (await Assert.ThrowsAsync<WaybillException>(async () => await _service.WrapAsync(name, wrapped))).Code);
        Assert.Null(await _service.UnwrapAsync(name, wrapped));
        Assert.False(Path.Exists(_directory["keys"]));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public async Task Name_HasALimit(int length, bool allowed)
    {
        Task creating = _service.CreateKeyAsync(new string('a', length));

        if (allowed)
        {
            await creating;
        }
        else
        {
            await Assert.ThrowsAsync<ArgumentException>(() => creating);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public async Task Key_OfAnotherLength_IsNotUsed(int length)
    {
        await _service.CreateKeyAsync("a");
        byte[] wrapped = await _service.WrapAsync("a", new byte[1]);
        await File.WriteAllBytesAsync(_directory["keys/key-a"], RandomNumberGenerator.GetBytes(length));

        Assert.Equal(WaybillErrorCode.KeyServiceFailed, (await Assert.ThrowsAsync<WaybillException>(async () => await _service.WrapAsync("a", new byte[1]))).Code);
        Assert.Equal(WaybillErrorCode.KeyServiceFailed, (await Assert.ThrowsAsync<WaybillException>(async () => await _service.UnwrapAsync("a", wrapped))).Code);
    }

    [SkippableFact]
    public async Task Key_ThatOthersMayRead_IsNotUsed()
    {
        await _service.CreateKeyAsync("a");
        Rights.Set(_directory["keys/key-a"], UnixFileMode.UserRead | UnixFileMode.OtherRead);

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(async () => await _service.WrapAsync("a", new byte[1]));

        Assert.Equal((WaybillErrorCode.KeyServiceFailed, "a"), (error.Code, error.ObjectName));
        Assert.Contains("chmod", error.Hint, StringComparison.Ordinal);
    }
}
