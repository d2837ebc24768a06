using System.Security.Cryptography;

namespace Waybill.Bundles.Tests.Keys;

/// <summary>A key service with one key per name, made when it is first asked for; and with the failures that a test wants.</summary>
internal sealed class MemoryKeyService : KeyService
{
    private readonly Dictionary<string, byte[]> _keys = [];

    public List<string> Calls { get; } = [];

    /// <summary>Gets or sets what every call throws.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Gets or sets what happens to each result.</summary>
    public Func<byte[], byte[]?> Change { get; set; } = bytes => bytes;

    /// <summary>Gets the memory that was last given to be wrapped.</summary>
    public ReadOnlyMemory<byte> LastPlaintext { get; private set; }

    /// <summary>Gets the memory that was last given back.</summary>
    public byte[]? LastUnwrapped { get; private set; }

    public override ValueTask<byte[]> WrapAsync(string keyName, ReadOnlyMemory<byte> plaintext, CancellationToken cancellationToken = default)
    {
        LastPlaintext = plaintext;
        Begin("wrap", keyName, cancellationToken);
        byte[] wrapped = new byte[12 + plaintext.Length + 16];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, 12));
        using var aes = new AesGcm(KeyOf(keyName), 16);
        aes.Encrypt(wrapped.AsSpan(0, 12), plaintext.Span, wrapped.AsSpan(12, plaintext.Length), wrapped.AsSpan(12 + plaintext.Length));
        return ValueTask.FromResult(Change(wrapped)!);
    }

    public override ValueTask<byte[]?> UnwrapAsync(string keyName, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken = default)
    {
        Begin("unwrap", keyName, cancellationToken);
        if (wrapped.Length < 28)
        {
            return ValueTask.FromResult<byte[]?>(null);
        }

        byte[] plaintext = new byte[wrapped.Length - 28];
        using var aes = new AesGcm(KeyOf(keyName), 16);
        try
        {
            aes.Decrypt(wrapped.Span[..12], wrapped.Span[12..^16], wrapped.Span[^16..], plaintext);
            LastUnwrapped = Change(plaintext);
            return ValueTask.FromResult(LastUnwrapped);
        }
        catch (AuthenticationTagMismatchException)
        {
            return ValueTask.FromResult<byte[]?>(null);
        }
    }

    private void Begin(string what, string keyName, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Calls.Add($"{what} {keyName}");
        if (Failure is not null)
        {
            throw Failure;
        }
    }

    private byte[] KeyOf(string keyName)
    {
        if (!_keys.TryGetValue(keyName, out byte[]? key))
        {
            key = RandomNumberGenerator.GetBytes(32);
            _keys.Add(keyName, key);
        }

        return key;
    }
}
