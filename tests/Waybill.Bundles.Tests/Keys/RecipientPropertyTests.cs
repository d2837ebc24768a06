using System.Security.Cryptography;
using FsCheck;
using FsCheck.Fluent;
using Waybill.Bundles.Keys;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Keys;

public sealed class RecipientPropertyTests
{
    private static readonly string[] s_quickTypes = ["p256", "rsa", "psk", "kms"];

    private sealed record Trial(string Type, KeyScopes Scopes, byte[] Bundle, byte Suite, int Place, byte Change);

    [Fact]
    public Task WrappedKeys_OpenInTheirContext_AndWithNoByteChanged() => Properties.CheckAsync(Trials(), 60, async trial =>
    {
        using var parties = RecipientCase.Of(trial.Type, trial.Scopes);
        byte[] block = KeyLab.Block(trial.Scopes);
        byte[] context = KeyContext.Of(new BundleId(trial.Bundle), parties.Recipient.Type, trial.Scopes, trial.Suite);

        WrappedKey wrapped = await parties.Recipient.WrapAsync(block, context, CancellationToken.None);
        byte[] body = wrapped.Body.ToArray();
        body[trial.Place % body.Length] ^= trial.Change;
        byte[] otherContext = [.. context];
        otherContext[trial.Place % context.Length] ^= trial.Change;

        Assert.Equal(block, await parties.Key.TryUnwrapAsync(wrapped, context, CancellationToken.None));
        Assert.Null(await parties.Key.TryUnwrapAsync(wrapped with { Body = body }, context, CancellationToken.None));
        Assert.Null(await parties.Key.TryUnwrapAsync(wrapped, otherContext, CancellationToken.None));
        Assert.Null(await parties.OtherKey.TryUnwrapAsync(wrapped, context, CancellationToken.None));
    });

    [Fact]
    public Task RandomBodies_NeverOpen_AndNeverThrow() => Properties.CheckAsync(Bodies(), 300, async input =>
    {
        (string type, KeyScopes scopes, byte[] body) = input;
        using var parties = RecipientCase.Of(type);

        Assert.Null(await parties.OpenAsync(new WrappedKey(parties.Recipient.Type, scopes, default, body)));
    });

    [Fact]
    public Task HpkeMessages_CarryAnyBytes() => Properties.CheckAsync(ArbMap.Default.ArbFor<(byte[] Info, byte[] Text)>(), 60, input =>
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] info = input.Info ?? [];
        byte[] text = input.Text ?? [];

        Assert.Equal(text, Hpke.Open(key, info, Hpke.Seal(P256Point.Export(key), info, text)));
        return Task.CompletedTask;
    });

    private static Arbitrary<Trial> Trials() => Arb.From(
        from type in Gen.Elements(s_quickTypes)
        from scopes in Gen.Elements(KeyScopes.Metadata, KeyScopes.Data, KeyScopes.All)
        from bundle in Gen.ArrayOf(ArbMap.Default.GeneratorFor<byte>(), 16)
        from suite in Gen.Choose(1, 2)
        from place in Gen.Choose(0, 100_000)
        from change in Gen.Choose(1, 255)
        select new Trial(type, scopes, bundle, (byte)suite, place, (byte)change));

    private static Arbitrary<(string Type, KeyScopes Scopes, byte[] Body)> Bodies() => Arb.From(
        from type in Gen.Elements(s_quickTypes)
        from scopes in Gen.Elements(KeyScopes.None, KeyScopes.Metadata, KeyScopes.Data, KeyScopes.All, (KeyScopes)5)
        from length in Gen.OneOf(Gen.Choose(0, 500), Gen.Elements(80, 112, 113, 144, 145, 177, 384))
        from body in Gen.ArrayOf(ArbMap.Default.GeneratorFor<byte>(), length)
        select (type, scopes, body));
}
