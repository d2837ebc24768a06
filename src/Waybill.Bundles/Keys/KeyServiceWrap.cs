using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Waybill.Bundles.Keys;

/// <summary>Recipient type 5, spec 15.3: length (u16) ‖ name of the key ‖ what a key service made of context ‖ key block.</summary>
internal static class KeyServiceWrap
{
    /// <summary>The most bytes of UTF-8 the name of a key may have; the longest names of cloud services are of this length.</summary>
    public const int MaxNameSize = 2048;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static async ValueTask<byte[]> WrapAsync(
        KeyService service, string keyName, ReadOnlyMemory<byte> context, ReadOnlyMemory<byte> keyBlock, CancellationToken cancellationToken)
    {
        byte[] name = s_utf8.GetBytes(keyName);
        byte[] plaintext = [.. context.Span, .. keyBlock.Span];
        try
        {
            byte[] wrapped = await CallAsync(keyName, () => service.WrapAsync(keyName, plaintext, cancellationToken)!).ConfigureAwait(false) ?? [];
            int size = sizeof(ushort) + name.Length + wrapped.Length;
            if (wrapped.Length == 0 || size > KeyBlock.MaxBodySize)
            {
                throw KeyErrors.ServiceFailed(keyName, $"The key service made {wrapped.Length} bytes of a key; the format has room for 1 to {KeyBlock.MaxBodySize - size + wrapped.Length}");
            }

            byte[] body = new byte[size];
            BinaryPrimitives.WriteUInt16LittleEndian(body, (ushort)name.Length);
            name.CopyTo(body, sizeof(ushort));
            wrapped.CopyTo(body, sizeof(ushort) + name.Length);
            return body;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    public static async ValueTask<byte[]?> UnwrapAsync(
        KeyService service, string? onlyName, ReadOnlyMemory<byte> context, ReadOnlyMemory<byte> body, int keyBlockSize, CancellationToken cancellationToken)
    {
        if (!TrySplit(body, out string keyName, out ReadOnlyMemory<byte> wrapped) || (onlyName is not null && onlyName != keyName))
        {
            return null;
        }

        byte[]? plaintext = await CallAsync(keyName, () => service.UnwrapAsync(keyName, wrapped, cancellationToken)).ConfigureAwait(false);
        if (plaintext is null)
        {
            return null;
        }

        try
        {
            return plaintext.Length == context.Length + keyBlockSize && CryptographicOperations.FixedTimeEquals(plaintext.AsSpan(0, context.Length), context.Span)
                ? plaintext[context.Length..]
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>Checks a name that a caller gives.</summary>
    public static string RequireName(string keyName)
    {
        ArgumentNullException.ThrowIfNull(keyName);
        try
        {
            return s_utf8.GetByteCount(keyName) is > 0 and <= MaxNameSize && !keyName.Any(char.IsControl)
                ? keyName
                : throw new ArgumentException($"The name of a key has 1 to {MaxNameSize} bytes and no control characters.", nameof(keyName));
        }
        catch (EncoderFallbackException e)
        {
            throw new ArgumentException("The name of a key is not valid text.", nameof(keyName), e);
        }
    }

    private static bool TrySplit(ReadOnlyMemory<byte> body, out string keyName, out ReadOnlyMemory<byte> wrapped)
    {
        keyName = "";
        wrapped = default;
        if (body.Length is < sizeof(ushort) or > KeyBlock.MaxBodySize)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(body.Span);
        if (length is 0 or > MaxNameSize || body.Length <= sizeof(ushort) + length)
        {
            return false;
        }

        try
        {
            keyName = s_utf8.GetString(body.Span.Slice(sizeof(ushort), length));
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        wrapped = body[(sizeof(ushort) + length)..];
        return !keyName.Any(char.IsControl);
    }

    // Whatever a service throws, callers catch one type.
    private static async ValueTask<byte[]?> CallAsync(string keyName, Func<ValueTask<byte[]?>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (WaybillException or OperationCanceledException))
        {
            throw KeyErrors.ServiceFailed(keyName, $"The key service failed: {e.Message}", e);
        }
    }
}
