using System.Security.Cryptography;

namespace Waybill.Bundles.Keys;

/// <summary>Secret bytes that can be cleared at any moment without anyone having used half-cleared ones.</summary>
internal sealed class SecretBytes(byte[] bytes) : IDisposable
{
    private readonly Lock _lock = new();
    private bool _disposed;

    /// <summary>Copies the bytes; whoever asked clears the copy.</summary>
    /// <exception cref="ObjectDisposedException">They were cleared.</exception>
    public byte[] Copy()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return [.. bytes];
        }
    }

    /// <summary>Uses a copy of the bytes and clears it.</summary>
    public T Use<T>(Func<byte[], T> use)
    {
        byte[] copy = Copy();
        try
        {
            return use(copy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
