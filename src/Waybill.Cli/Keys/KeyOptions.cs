using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Keys;

/// <summary>The options that say what encrypted bundles are opened with.</summary>
internal sealed class KeyOptions
{
    private readonly Option<string[]> _keys = new("--key")
    {
        Description = "A private key that opens the bundle; of several files the one that fits is used.", HelpName = "FILE",
    };

    private readonly Option<string[]> _presharedKeys = new("--psk")
    {
        Description = "A pre-shared key that opens the bundle: a file of 32 bytes or more.", HelpName = "FILE",
    };

    private readonly PassphraseOptions _passphrase = new("--passphrase", "of the bundle or of the key files");

    public void AddTo(Command command)
    {
        command.Add(_keys);
        command.Add(_presharedKeys);
        _passphrase.AddTo(command);
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public KeyRequest Bind(ParseResult parsed)
    {
        var request = new KeyRequest(parsed.GetValue(_keys) ?? [], parsed.GetValue(_presharedKeys) ?? [], _passphrase.Bind(parsed));
        if (request.Keys.Concat(request.PresharedKeys).Any(path => path.Length == 0))
        {
            throw new UsageException("--key and --psk need the name of a file.");
        }

        return request;
    }

    /// <summary>Reads the keys, asking for passphrases where they are needed.</summary>
    /// <returns>The keys; the caller disposes them. There are none if no option was given.</returns>
    public static async Task<KeyRing> LoadAsync(KeyRequest request, CliConsole console, CancellationToken cancellationToken)
    {
        List<BundleKey> keys = [];
        List<BundleSigner> signers = [];
        TimestampService? timestamps = request.TimestampAuthority is null ? null : new TimestampService(request.TimestampAuthority);
        char[]? passphrase = null;
        try
        {
            if (request.Passphrase is not null)
            {
                string[] files = [.. request.Keys.Concat(request.Signers).Distinct()];
                string what = files.Length > 0 ? string.Join(" and ", files) : "the bundle";
                passphrase = await request.Passphrase.ReadAsync(console, what, isNew: false, cancellationToken).ConfigureAwait(false);
                keys.Add(new PassphraseBundleKey(passphrase));
            }

            foreach (string path in request.Keys)
            {
                using KeyFile file = await KeyFiles.OpenAsync(path, passphrase, console, cancellationToken).ConfigureAwait(false);
                keys.Add(file.ToBundleKey());
            }

            foreach (string path in request.PresharedKeys)
            {
                keys.Add(await KeyFiles.ReadPresharedAsync(path, key => new PresharedBundleKey(key), cancellationToken).ConfigureAwait(false));
            }

            foreach (string path in request.Signers)
            {
                using KeyFile file = await KeyFiles.OpenAsync(path, passphrase, console, cancellationToken).ConfigureAwait(false);
                signers.Add(file.ToSigner(timestamps?.Authority));
            }

            return signers.Select(signer => signer.KeyId).Distinct().Count() == signers.Count
                ? new KeyRing(keys, signers, timestamps)
                : throw new UsageException("--sign gives the same key twice.");
        }
        catch
        {
            new KeyRing(keys, signers, timestamps).Dispose();
            throw;
        }
        finally
        {
            Array.Clear(passphrase ?? []);
        }
    }
}
