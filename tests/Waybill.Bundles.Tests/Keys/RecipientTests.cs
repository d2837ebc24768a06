using Waybill.Bundles.Keys;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Keys;

/// <summary>What holds for recipients of every type.</summary>
[Spec("E-08")]
public sealed class RecipientTests
{
    private static readonly string[] s_types = ["p256", "rsa", "psk", "passphrase", "kms"];

    public static TheoryData<string> Types() => [.. s_types];

    public static TheoryData<string, KeyScopes> TypesAndScopes()
    {
        var data = new TheoryData<string, KeyScopes>();
        foreach (string type in s_types)
        {
            data.Add(type, KeyScopes.Metadata);
            data.Add(type, KeyScopes.Data);
            data.Add(type, KeyScopes.All);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(TypesAndScopes))]
    public async Task Key_OfTheRecipient_GetsTheKeyBlock(string type, KeyScopes scopes)
    {
        using var parties = RecipientCase.Of(type, scopes);
        byte[] block = KeyLab.Block(scopes);

        WrappedKey wrapped = await parties.WrapAsync(block);

        Assert.Equal((parties.Recipient.Type, scopes), (wrapped.Type, wrapped.Scopes));
        Assert.Equal(block, await parties.OpenAsync(wrapped));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task OtherKey_OfTheSameType_GetsNothing(string type)
    {
        using var parties = RecipientCase.Of(type);

        WrappedKey wrapped = await parties.WrapAsync(KeyLab.Block());

        Assert.Null(await parties.OtherKey.TryUnwrapAsync(wrapped, KeyLab.Context(wrapped.Type), CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Keys_OfOtherTypes_GetNothing(string type)
    {
        using var parties = RecipientCase.Of(type);
        WrappedKey wrapped = await parties.WrapAsync(KeyLab.Block());

        foreach (string other in s_types.Except([type]))
        {
            using var others = RecipientCase.Of(other);
            Assert.True(await others.Key.TryUnwrapAsync(wrapped, KeyLab.Context(wrapped.Type), CancellationToken.None) is null, other);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Body_OfAnotherType_DoesNotOpenAsThisOne(string type)
    {
        using var parties = RecipientCase.Of(type);
        foreach (string other in s_types.Except([type]))
        {
            using var others = RecipientCase.Of(other);
            WrappedKey wrapped = await others.WrapAsync(KeyLab.Block()) with { Type = parties.Recipient.Type };
            Assert.True(await parties.OpenAsync(wrapped) is null, other);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Key_WithTheContextOfAnotherBundle_GetsNothing(string type)
    {
        using var parties = RecipientCase.Of(type);
        WrappedKey wrapped = await parties.WrapAsync(KeyLab.Block());
        byte[] id = KeyLab.Bundle.ToByteArray();
        id[15] ^= 1;

        Assert.Null(await parties.Key.TryUnwrapAsync(wrapped, KeyContext.Of(new BundleId(id), wrapped.Type, wrapped.Scopes, 1), CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Key_WithTheContextOfAnotherTypeScopeOrSuite_GetsNothing(string type)
    {
        using var parties = RecipientCase.Of(type);
        WrappedKey wrapped = await parties.WrapAsync(KeyLab.Block());
        RecipientType otherType = wrapped.Type == RecipientType.PresharedKey ? RecipientType.Pbkdf2 : RecipientType.PresharedKey;

        foreach (byte[] context in (byte[][])
        [
            KeyContext.Of(KeyLab.Bundle, otherType, KeyScopes.All, 1),
            KeyContext.Of(KeyLab.Bundle, wrapped.Type, KeyScopes.Data, 1),
            KeyContext.Of(KeyLab.Bundle, wrapped.Type, KeyScopes.All, 2),
        ])
        {
            Assert.Null(await parties.Key.TryUnwrapAsync(wrapped, context, CancellationToken.None));
        }
    }

    // Whoever turns META into everything in the envelope gets no key block of another length, and none at all.
    [Theory]
    [MemberData(nameof(TypesAndScopes))]
    public async Task Key_ForOtherScopesThanWrapped_GetsNothing(string type, KeyScopes scopes)
    {
        using var parties = RecipientCase.Of(type, scopes);
        WrappedKey wrapped = await parties.WrapAsync(KeyLab.Block(scopes));

        foreach (KeyScopes other in (KeyScopes[])[KeyScopes.None, KeyScopes.Metadata, KeyScopes.Data, KeyScopes.All, (KeyScopes)2, (KeyScopes)8])
        {
            if (other != scopes)
            {
                WrappedKey changed = wrapped with { Scopes = other };
                byte[] context = KeyLab.Context(wrapped.Type, scopes);
                Assert.True(await parties.Key.TryUnwrapAsync(changed, context, CancellationToken.None) is null, $"as {other} with the context of {scopes}");
                Assert.True(await parties.OpenAsync(changed) is null, $"as {other} with its context");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Key_ForABodyOfAnotherLength_GetsNothing(string type)
    {
        using var parties = RecipientCase.Of(type);
        WrappedKey wrapped = await parties.WrapAsync(KeyLab.Block());
        int length = wrapped.Body.Length;

        foreach (int shorter in Enumerable.Range(0, length).Where(count => count % 7 == 0 || count > length - 3))
        {
            Assert.True(await parties.OpenAsync(wrapped with { Body = wrapped.Body[..shorter] }) is null, $"{shorter} of {length} bytes");
        }

        foreach (int more in (int[])[1, 16, 32, 64, 16 * 1024])
        {
            Assert.True(await parties.OpenAsync(wrapped with { Body = (byte[])[.. wrapped.Body.Span, .. new byte[more]] }) is null, $"{more} bytes more");
        }
    }

    [Theory]
    [InlineData("p256", 1)]
    [InlineData("psk", 1)]
    [InlineData("kms", 1)]
    [InlineData("rsa", 11)]
    public async Task Key_ForABodyWithAChangedByte_GetsNothing(string type, int step)
    {
        using var parties = RecipientCase.Of(type);
        WrappedKey wrapped = await parties.WrapAsync(KeyLab.Block());

        for (int i = 0; i < wrapped.Body.Length; i += step)
        {
            byte[] body = wrapped.Body.ToArray();
            body[i] ^= 0x10;
            Assert.True(await parties.OpenAsync(wrapped with { Body = body }) is null, $"byte {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task KeyId_IsAHint_AndNothingElse(string type)
    {
        using var parties = RecipientCase.Of(type);
        byte[] block = KeyLab.Block();
        WrappedKey wrapped = await parties.WrapAsync(block);

        Assert.True(wrapped.KeyId.Length == (type is "p256" or "rsa" ? 16 : 0));
        Assert.Equal(block, await parties.OpenAsync(wrapped with { KeyId = new byte[16] }));
        Assert.Equal(block, await parties.OpenAsync(wrapped with { KeyId = default }));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Wrap_OfABlockOfAnotherLength_IsRefused(string type)
    {
        using var parties = RecipientCase.Of(type);

        await Assert.ThrowsAsync<ArgumentException>(async () => await parties.WrapAsync(new byte[64]));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Wrap_Twice_GivesDifferentBodies(string type)
    {
        using var parties = RecipientCase.Of(type);
        byte[] block = KeyLab.Block();

        Assert.NotEqual((await parties.WrapAsync(block)).Body.ToArray(), (await parties.WrapAsync(block)).Body.ToArray());
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task WrapAndOpen_AfterCancellation_EndEarly(string type)
    {
        using var parties = RecipientCase.Of(type);
        WrappedKey wrapped = await parties.WrapAsync(KeyLab.Block());
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await parties.Recipient.WrapAsync(KeyLab.Block(), KeyLab.Context(wrapped.Type), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await parties.Key.TryUnwrapAsync(wrapped, KeyLab.Context(wrapped.Type), cancelled));
    }

    [Theory]
    [InlineData("p256")]
    [InlineData("rsa")]
    [InlineData("psk")]
    [InlineData("passphrase")]
    public async Task Key_AfterDisposal_IsNotUsed(string type)
    {
        using var parties = RecipientCase.Of(type);
        WrappedKey wrapped = await parties.WrapAsync(KeyLab.Block());

        parties.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await parties.OpenAsync(wrapped));
        if (type is "psk" or "passphrase")
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await parties.WrapAsync(KeyLab.Block()));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Key_UsedByManyAtOnce_OpensForAll(string type)
    {
        using var parties = RecipientCase.Of(type);
        byte[] block = KeyLab.Block();
        WrappedKey wrapped = await parties.WrapAsync(block);

        byte[]?[] opened = await Task.WhenAll(Enumerable.Range(0, type == "passphrase" ? 2 : 16).Select(_ => Task.Run(async () => await parties.OpenAsync(wrapped))));

        Assert.All(opened, result => Assert.Equal(block, result));
    }

    [Theory]
    [InlineData((int)KeyScopes.None)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(8)]
    public void Recipient_WithScopesThatNobodyHas_IsRefused(int scopes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PresharedKeyRecipient(new byte[32], (KeyScopes)scopes));
}
