using System.Security.Cryptography;
using System.Text;
using Waybill.Bundles.Keys;

namespace Waybill.Bundles;

/// <summary>Reads small files that hold secrets: pre-shared keys and passphrases.</summary>
/// <remarks>
/// As ssh does with its keys, a file that belongs to the user of this process and that others may read or write is refused: whoever let that happen would
/// not learn of it otherwise. Files of other owners are taken, because this user could not change their rights; so are pipes. Windows has other rights, which are not looked at.
/// </remarks>
public static class SecretFile
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the bytes of a file as they are.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="maxLength">How many bytes it may have.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The bytes, which the caller clears after use.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: the file is not there, or may not be read.</exception>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: others may read or write the file, or it is too long.</exception>
    public static async Task<byte[]> ReadAsync(string path, int maxLength, CancellationToken cancellationToken = default)
    {
        (byte[] content, bool isExposed) = await ReadAnyAsync(path, maxLength, cancellationToken).ConfigureAwait(false);
        if (isExposed)
        {
            CryptographicOperations.ZeroMemory(content);
            throw Exposed(path);
        }

        return content;
    }

    /// <summary>Reads a passphrase from a file.</summary>
    /// <param name="path">The name of a file with one line in UTF-8; the end of the line does not belong to the passphrase.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The passphrase, which the caller clears after use.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: the file is not there, or may not be read.</exception>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: others may read or write the file, or it holds something else than one line.</exception>
    public static async Task<char[]> ReadPassphraseAsync(string path, CancellationToken cancellationToken = default) =>
        ToPassphrase(await ReadAsync(path, PassphraseWrap.MaxSize + 2, cancellationToken).ConfigureAwait(false), path);

    /// <summary>Reads a passphrase from a pipe.</summary>
    /// <param name="source">One line in UTF-8, read to the end; the end of the line does not belong to the passphrase.</param>
    /// <param name="name">What to call the source in errors.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The passphrase, which the caller clears after use.</returns>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: it cannot be read.</exception>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: it holds something else than one line.</exception>
    public static async Task<char[]> ReadPassphraseAsync(Stream source, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        return ToPassphrase(await ReadToEndAsync(source, name, PassphraseWrap.MaxSize + 2, cancellationToken).ConfigureAwait(false), name);
    }

    /// <summary>Reads a file whose rights the caller judges.</summary>
    internal static async Task<(byte[] Content, bool IsExposed)> ReadAnyAsync(string path, int maxLength, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToSourceError(e, path);
        }

        await using (file.ConfigureAwait(false))
        {
            bool isExposed = IsExposed(file);
            return (await ReadToEndAsync(file, path, maxLength, cancellationToken).ConfigureAwait(false), isExposed);
        }
    }

    /// <summary>Makes a new file that is its owner's alone from its first byte, whole and durable under its name or not there at all.</summary>
    internal static async Task CreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        using var file = UnpublishedFile.Create(path, durable: true);
        LocalFile.Write(file.File, file.Path, 0, content.Span);
        await Task.Run(file.Publish, cancellationToken).ConfigureAwait(false);
    }

    internal static WaybillException Exposed(string path) =>
        KeyErrors.Invalid("Others may read or write the file, which holds a secret", "Take it from them: chmod 600 FILE. If they may have read it, make a new one.", name: path);

    private static bool IsExposed(FileStream file)
    {
        // Pipes and terminals are not kept, so nobody reads them later.
        if (OperatingSystem.IsWindows() || !file.CanSeek)
        {
            return false;
        }

        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        bool isOurs = !Libc.IsSupported || !Libc.TryGetStatus(file.SafeFileHandle, out FileStatus status) || status.Uid == Libc.EffectiveUserId();
        return isOurs && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != 0;
    }

    private static async Task<byte[]> ReadToEndAsync(Stream source, string name, int maxLength, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[maxLength + 1];
        try
        {
            int length = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return length <= maxLength ? buffer[..length] : throw KeyErrors.Invalid($"The file is longer than {maxLength} bytes: it does not hold what is wanted here", name: name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToSourceError(e, name);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static char[] ToPassphrase(byte[] content, string name)
    {
        try
        {
            ReadOnlySpan<byte> line = content;
            line = line.EndsWith("\r\n"u8) ? line[..^2] : line.EndsWith("\n"u8) ? line[..^1] : line;
            if (line.IsEmpty || line.ContainsAny("\r\n\0"u8))
            {
                throw KeyErrors.Invalid(line.IsEmpty ? "There is no passphrase" : "A passphrase is one line of text", name: name);
            }

            char[] passphrase = new char[s_utf8.GetCharCount(line)];
            s_utf8.GetChars(line, passphrase);
            return passphrase;
        }
        catch (DecoderFallbackException)
        {
            // Without the inner exception: it quotes bytes.
            throw KeyErrors.Invalid("A passphrase is one line of text in UTF-8", name: name);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }
}
