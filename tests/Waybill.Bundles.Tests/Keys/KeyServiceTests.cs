using System.Buffers.Binary;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles.Tests.Keys;

public sealed class KeyServiceTests
{
    private static readonly byte[] s_context = KeyLab.Context(RecipientType.KeyService);

    private readonly MemoryKeyService _service = new();

    [Fact]
    public async Task Body_IsAsTheSpecificationSays()
    {
        byte[] block = KeyLab.Block();

        WrappedKey wrapped = await new KeyServiceRecipient(_service, "schlüssel").WrapAsync(block, s_context, CancellationToken.None);

        byte[] body = wrapped.Body.ToArray();
        Assert.Equal(10, BinaryPrimitives.ReadUInt16LittleEndian(body));
        Assert.Equal("schlüssel"u8, body.AsSpan(2, 10));
        byte[] expected = [.. s_context, .. block];
        Assert.Equal(expected, await _service.UnwrapAsync("schlüssel", body.AsMemory(12)));
    }

    [Fact]
    public async Task Secrets_AreClearedAfterUse()
    {
        byte[] block = KeyLab.Block();

        WrappedKey wrapped = await new KeyServiceRecipient(_service, "k").WrapAsync(block, s_context, CancellationToken.None);
        using var key = new KeyServiceBundleKey(_service);
        Assert.Equal(block, await key.TryUnwrapAsync(wrapped, s_context, CancellationToken.None));

        Assert.Equal(new byte[_service.LastPlaintext.Length], _service.LastPlaintext.ToArray());
        Assert.Equal(new byte[_service.LastUnwrapped!.Length], _service.LastUnwrapped);
    }

    [Fact]
    public async Task Key_LimitedToAName_AsksForNoOther()
    {
        WrappedKey wrapped = await new KeyServiceRecipient(_service, "arn:of-someone-else").WrapAsync(KeyLab.Block(), s_context, CancellationToken.None);
        using var key = new KeyServiceBundleKey(_service, "arn:ours");
        using var same = new KeyServiceBundleKey(_service, "arn:of-someone-else");

        Assert.Null(await key.TryUnwrapAsync(wrapped, s_context, CancellationToken.None));
        Assert.Equal(["wrap arn:of-someone-else"], _service.Calls);
        Assert.NotNull(await same.TryUnwrapAsync(wrapped, s_context, CancellationToken.None));
    }

    [Fact]
    public async Task Body_WithoutAValidName_AsksNobody()
    {
        using var key = new KeyServiceBundleKey(_service);
        foreach (byte[] body in (byte[][])
        [
            [], [1], [0, 0], [0, 0, 1, 2, 3], [1, 0, (byte)'k'], [5, 0, (byte)'k', 1, 2], [255, 255, .. new byte[100]], [1, 0, 0xFF, 1], [2, 0, 0xC3, 0x28, 1],
            [1, 0, 0, 1], [1, 0, (byte)'\n', 1], [1, 8, .. Enumerable.Repeat((byte)'k', 2100)], [1, 0, (byte)'k', .. new byte[16 * 1024]],
        ])
        {
            Assert.Null(await key.TryUnwrapAsync(new(RecipientType.KeyService, KeyScopes.All, default, body), s_context, CancellationToken.None));
        }

        Assert.Empty(_service.Calls);
    }

    [Fact]
    public async Task Name_OfTheLargestSize_IsTaken()
    {
        string name = new('k', 2048);
        byte[] block = KeyLab.Block();
        WrappedKey wrapped = await new KeyServiceRecipient(_service, name).WrapAsync(block, s_context, CancellationToken.None);
        using var key = new KeyServiceBundleKey(_service, name);

        Assert.Equal(block, await key.TryUnwrapAsync(wrapped, s_context, CancellationToken.None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2049)]
    public void Name_OfAnotherSize_IsRefused(int length)
    {
        Assert.Throws<ArgumentException>(() => new KeyServiceRecipient(_service, new string('k', length)));
        Assert.Throws<ArgumentException>(() => new KeyServiceBundleKey(_service, new string('k', length)));
    }

    [Fact]
    public void Name_WithControlCharactersOrNoText_IsRefused()
    {
        foreach (string name in (string[])["a\nb", "a\0", "\ud800"])
        {
            Assert.Throws<ArgumentException>(() => new KeyServiceRecipient(_service, name));
        }
    }

    [Fact]
    public async Task Service_ThatGivesSomethingElseBack_OpensNothing()
    {
        WrappedKey wrapped = await new KeyServiceRecipient(_service, "k").WrapAsync(KeyLab.Block(), s_context, CancellationToken.None);
        using var key = new KeyServiceBundleKey(_service);
        foreach (Func<byte[], byte[]?> change in (Func<byte[], byte[]?>[])
        [
            _ => null, _ => [], bytes => bytes[1..], bytes => [.. bytes, 0], bytes => [(byte)(bytes[0] ^ 1), .. bytes[1..]], bytes => bytes[s_context.Length..],
        ])
        {
            _service.Change = change;
            Assert.Null(await key.TryUnwrapAsync(wrapped, s_context, CancellationToken.None));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16 * 1024)]
    public async Task Service_ThatWrapsIntoNothingOrTooMuch_HasFailed(int length)
    {
        _service.Change = _ => new byte[length];

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(
            async () => await new KeyServiceRecipient(_service, "k").WrapAsync(KeyLab.Block(), s_context, CancellationToken.None));

        Assert.Equal((WaybillErrorCode.KeyServiceFailed, "k"), (error.Code, error.ObjectName));
    }

    [Fact]
    public async Task Service_ThatFails_IsReportedWithTheNameOfTheKey()
    {
        WrappedKey wrapped = await new KeyServiceRecipient(_service, "k").WrapAsync(KeyLab.Block(), s_context, CancellationToken.None);
        using var key = new KeyServiceBundleKey(_service);
        _service.Failure = new HttpRequestException("connection refused");

        WaybillException wrapping = await Assert.ThrowsAsync<WaybillException>(
            async () => await new KeyServiceRecipient(_service, "k").WrapAsync(KeyLab.Block(), s_context, CancellationToken.None));
        WaybillException unwrapping = await Assert.ThrowsAsync<WaybillException>(async () => await key.TryUnwrapAsync(wrapped, s_context, CancellationToken.None));

        Assert.All([wrapping, unwrapping], error =>
        {
            Assert.Equal((WaybillErrorCode.KeyServiceFailed, "k"), (error.Code, error.ObjectName));
            Assert.Same(_service.Failure, error.InnerException);
        });
    }

    [Fact]
    public async Task Service_ThatSaysMore_IsHeard()
    {
        WrappedKey wrapped = await new KeyServiceRecipient(_service, "k").WrapAsync(KeyLab.Block(), s_context, CancellationToken.None);
        using var key = new KeyServiceBundleKey(_service);
        _service.Failure = new WaybillException(WaybillErrorCode.KeyServiceFailed, "Too many requests") { IsTransient = true };

        WaybillException error = await Assert.ThrowsAsync<WaybillException>(async () => await key.TryUnwrapAsync(wrapped, s_context, CancellationToken.None));

        Assert.Same(_service.Failure, error);
        Assert.True(error.IsTransient);
    }
}
