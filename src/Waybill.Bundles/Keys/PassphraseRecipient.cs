using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>
/// Whoever knows a passphrase; specification section 15.3, type 4 (PBKDF2-HMAC-SHA-512). A bundle with such a recipient has no other.
/// </summary>
/// <remarks>
/// The format has this for bundles that a person carries. Whoever holds the bundle can try passphrases for as long as they like, so it must be a long one.
/// Safe for concurrent callers. Disposing it clears its copy of the passphrase.
/// </remarks>
public sealed class PassphraseRecipient : BundleRecipient, IDisposable
{
    /// <summary>The number of rounds that is used unless another one is asked for, and the smallest that the format allows.</summary>
    public const int DefaultRounds = PassphraseWrap.MinRounds;

    /// <summary>The largest number of rounds that the format allows: some seconds of work.</summary>
    public const int MaxRounds = PassphraseWrap.MaxRounds;

    private readonly SecretBytes _passphrase;
    private readonly int _rounds;

    /// <summary>Makes a recipient of a passphrase.</summary>
    /// <param name="passphrase">Text of 1 to 4 096 bytes in UTF-8, taken as it is: letters that only look alike are different. It is copied.</param>
    /// <param name="scopes">What the recipient will be able to open.</param>
    /// <param name="rounds">Rounds of PBKDF2, 600 000 to 10 000 000. Each try of an attacker costs as many, and so does each opening.</param>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the passphrase is empty, too long or not valid text.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rounds"/> is outside of what the format allows.</exception>
    public PassphraseRecipient(ReadOnlySpan<char> passphrase, KeyScopes scopes = KeyScopes.All, int rounds = DefaultRounds)
        : base(scopes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, DefaultRounds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rounds, MaxRounds);
        _rounds = rounds;
        _passphrase = new SecretBytes(PassphraseWrap.Encode(passphrase));
    }

    internal override RecipientType Type => RecipientType.Pbkdf2;

    /// <summary>Clears the passphrase.</summary>
    public void Dispose() => _passphrase.Dispose();

    internal override async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> keyBlock, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        KeyBlock.Require(keyBlock, Scopes);

        // Seconds of work are not done on the caller's thread.
        byte[] body = await Task.Run(
            () => _passphrase.Use(passphrase => PassphraseWrap.Wrap(passphrase, _rounds, context.Span, keyBlock.Span)), cancellationToken).ConfigureAwait(false);
        return new WrappedKey(Type, Scopes, default, body);
    }
}
