using Waybill.Bundles;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Keys;

/// <summary>Reads key files that were named on the command line.</summary>
internal static class KeyFiles
{
    /// <summary>The most bytes a pre-shared key may have.</summary>
    public const int MaxPresharedKey = 4096;

    /// <summary>Reads a file and opens what a passphrase protects in it; without a source of passphrases the person at the terminal is asked.</summary>
    /// <returns>The keys; the caller disposes them.</returns>
    public static async Task<KeyFile> OpenAsync(string path, char[]? passphrase, CliConsole console, CancellationToken cancellationToken)
    {
        KeyFile file = await KeyFile.LoadAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            if (file.IsLocked)
            {
                await UnlockAsync(file, path, passphrase, console, cancellationToken).ConfigureAwait(false);
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads a pre-shared key: the bytes of the file as they are.</summary>
    public static async Task<T> ReadPresharedAsync<T>(string path, Func<byte[], T> use, CancellationToken cancellationToken)
    {
        byte[] key = await SecretFile.ReadAsync(path, MaxPresharedKey, cancellationToken).ConfigureAwait(false);
        try
        {
            return use(key);
        }
        catch (WaybillException error)
        {
            throw new WaybillException(error.Code, error.Message, error) { ObjectName = path, Hint = error.Hint };
        }
        finally
        {
            Array.Clear(key);
        }
    }

    private static async Task UnlockAsync(KeyFile file, string path, char[]? passphrase, CliConsole console, CancellationToken cancellationToken)
    {
        if (passphrase is not null)
        {
            file.Unlock(passphrase);
            return;
        }

        char[] asked = await PassphraseSource.Prompt.ReadAsync(console, path, isNew: false, cancellationToken).ConfigureAwait(false);
        try
        {
            file.Unlock(asked);
        }
        finally
        {
            Array.Clear(asked);
        }
    }
}
