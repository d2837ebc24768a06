using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Waybill.Csi;

/// <summary>Says where the next page of a list begins, in text that means nothing to whoever carries it.</summary>
internal static class PageToken
{
    private const byte Version = 1;
    private const int CheckLength = 4;
    private const int Size = 1 + PageKey.Length + CheckLength;

    /// <summary>Makes the token of the page behind an entry.</summary>
    /// <param name="list">The list and what it is filtered by: a token of one list is of no use in another.</param>
    /// <param name="last">The last entry of the page before.</param>
    public static string Make(string list, PageKey last)
    {
        Span<byte> bytes = stackalloc byte[Size];
        bytes[0] = Version;
        last.Write(bytes[1..]);
        Check(list, bytes[..^CheckLength], bytes[^CheckLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a token.</summary>
    /// <returns>The last entry of the page before; <see langword="null"/> for the first page.</returns>
    /// <exception cref="Grpc.Core.RpcException">ABORTED if it is no token of this list.</exception>
    public static PageKey? Read(string list, string token)
    {
        if (token.Length == 0)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[Size];
        Span<byte> check = stackalloc byte[CheckLength];
        if (token.Length == Base64Url.GetEncodedLength(Size) && Base64Url.IsValid(token) && Base64Url.TryDecodeFromChars(token, bytes, out int written)
            && written == Size && bytes[0] == Version)
        {
            Check(list, bytes[..^CheckLength], check);
            if (check.SequenceEqual(bytes[^CheckLength..]))
            {
                return PageKey.Read(bytes[1..]);
            }
        }

        throw CallError.Aborted("starting_token is not one that this list gave; begin again without one.");
    }

    private static void Check(string list, ReadOnlySpan<byte> content, Span<byte> check)
    {
        byte[] input = [.. Encoding.UTF8.GetBytes(list), 0, .. content];
        SHA256.HashData(input).AsSpan(0, CheckLength).CopyTo(check);
    }
}
