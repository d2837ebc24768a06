using System.Security.Cryptography;
using System.Text;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>
/// A key service without a server: a directory of AES-256 keys, each a file of 32 bytes that only its owner may read. For tests, for machines without a network, and
/// for key directories that something else provides.
/// </summary>
/// <remarks>
/// Wraps with AES-256-GCM under random nonces, bound to the name of the key; a key is good for 2^32 bundles. Whoever can read the directory can open the
/// bundles: unlike a real service it does give the keys away. Safe for concurrent callers, in other processes too.
/// </remarks>
public sealed class FileKeyService : KeyService
{
    private const int KeySize = 32;
    private const int NonceSize = 12;
    private const int MaxNameLength = 100;

    private readonly string _directory;

    /// <summary>Makes a service of a directory.</summary>
    /// <param name="directory">Its name. It need not exist before the first key is made.</param>
    public FileKeyService(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        _directory = Path.GetFullPath(directory);
    }

    /// <summary>Makes a new random key.</summary>
    /// <param name="keyName">Its name: 1 to 100 of a–z, 0–9, '.', '_' and '-', beginning with a letter or digit.</param>
    /// <param name="cancellationToken">Ends the call early; then there is no key.</param>
    /// <returns>A task that completes when the key is on the disk.</returns>
    /// <exception cref="ArgumentException">The name is another one.</exception>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetExists"/>: there is a key by that name; it stays. Or the directory cannot be written.</exception>
    public async Task CreateKeyAsync(string keyName, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyName);
        string path = PathOf(keyName) ?? throw new ArgumentException($"'{keyName}' is not the name of a key: 1 to {MaxNameLength} of a-z, 0-9, '.', '_' and '-'.", nameof(keyName));
        CreateDirectory();
        byte[] key = RandomNumberGenerator.GetBytes(KeySize);
        try
        {
            await SecretFile.CreateAsync(path, key, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<byte[]> WrapAsync(string keyName, ReadOnlyMemory<byte> plaintext, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyName);
        byte[] key = await ReadKeyAsync(keyName, cancellationToken).ConfigureAwait(false)
            ?? throw KeyErrors.ServiceFailed(keyName, $"There is no such key in {_directory}", hint: "Make it, or give the right directory.");
        try
        {
            byte[] wrapped = new byte[NonceSize + plaintext.Length + OneTimeSeal.TagSize];
            RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceSize));
            using var aes = new AesGcm(key, OneTimeSeal.TagSize);
            Span<byte> ciphertext = wrapped.AsSpan(NonceSize, plaintext.Length);
            aes.Encrypt(wrapped.AsSpan(0, NonceSize), plaintext.Span, ciphertext, wrapped.AsSpan(NonceSize + plaintext.Length), Bind(keyName));
            return wrapped;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<byte[]?> UnwrapAsync(string keyName, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyName);
        if (wrapped.Length < NonceSize + OneTimeSeal.TagSize || await ReadKeyAsync(keyName, cancellationToken).ConfigureAwait(false) is not { } key)
        {
            return null;
        }

        try
        {
            return AesGcmOpening.Open(key, wrapped.Span[..NonceSize], wrapped.Span[NonceSize..], Bind(keyName));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static byte[] Bind(string keyName) => [.. "waybill-file-key-service\0"u8, .. Encoding.ASCII.GetBytes(keyName)];

    // Lower case only, because some file systems do not tell the cases apart; a prefix, because some systems have names that are devices.
    private string? PathOf(string keyName) =>
        keyName.Length is > 0 and <= MaxNameLength && char.IsAsciiLetterOrDigit(keyName[0]) && keyName.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-')
            ? Path.Combine(_directory, "key-" + keyName)
            : null;

    private void CreateDirectory()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(_directory);
            }
            else
            {
                Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToTargetError(e, _directory);
        }
    }

    private async ValueTask<byte[]?> ReadKeyAsync(string keyName, CancellationToken cancellationToken)
    {
        if (PathOf(keyName) is not { } path || !File.Exists(path))
        {
            return null;
        }

        byte[] key;
        try
        {
            key = await SecretFile.ReadAsync(path, KeySize, cancellationToken).ConfigureAwait(false);
        }
        catch (WaybillException e)
        {
            throw KeyErrors.ServiceFailed(keyName, $"The key cannot be used: {e.Message}", e, e.Hint);
        }

        return key.Length == KeySize ? key : throw KeyErrors.ServiceFailed(keyName, $"The file of the key has {key.Length} bytes instead of {KeySize}");
    }
}
