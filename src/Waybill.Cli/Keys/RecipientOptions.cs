using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Keys;

/// <summary>The options that say who will be able to open a new bundle. An option for each scope, because anything else could be part of a file's name.</summary>
internal sealed class RecipientOptions
{
    private readonly Option<string[]> _everything = new("--recipient")
    {
        Description = "Encrypt for the owner of a public key or certificate, who can open everything.", HelpName = "FILE",
    };

    private readonly Option<string[]> _data = new("--recipient-data")
    {
        Description = "The same for someone who can open everything but Secrets.", HelpName = "FILE",
    };

    private readonly Option<string[]> _metadata = new("--recipient-metadata")
    {
        Description = "The same for someone who can open manifest, names and definitions but no data: a catalog.", HelpName = "FILE",
    };

    private readonly Option<string[]> _presharedKeys = new("--recipient-psk")
    {
        Description = "Encrypt for whoever has the same file of 32 random bytes or more.", HelpName = "FILE",
    };

    private readonly PassphraseOptions _passphrase = new("--recipient-passphrase", "of the new bundle, which nothing else opens");

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _everything, _data, _metadata, _presharedKeys })
        {
            command.Add(option);
        }

        _passphrase.AddTo(command);
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public RecipientRequest Bind(ParseResult parsed)
    {
        var request = new RecipientRequest(
            [
                .. (parsed.GetValue(_everything) ?? []).Select(path => (path, KeyScopes.All)),
                .. (parsed.GetValue(_data) ?? []).Select(path => (path, KeyScopes.Data)),
                .. (parsed.GetValue(_metadata) ?? []).Select(path => (path, KeyScopes.Metadata)),
            ],
            parsed.GetValue(_presharedKeys) ?? [],
            _passphrase.Bind(parsed));
        return request.FindProblem() is { } problem ? throw new UsageException(problem) : request;
    }

    /// <summary>Reads the keys, asking for a passphrase where it is needed.</summary>
    /// <returns>The recipients; the caller disposes them. There are none if no option was given.</returns>
    public static async Task<RecipientList> LoadAsync(RecipientRequest request, CliConsole console, CancellationToken cancellationToken)
    {
        List<BundleRecipient> recipients = [];
        HashSet<string> keyIds = [];
        try
        {
            foreach ((string path, KeyScopes scopes) in request.PublicKeys)
            {
                using KeyFile file = await KeyFile.LoadAsync(path, cancellationToken).ConfigureAwait(false);
                PublicKeyRecipient recipient = file.ToRecipient(scopes);
                if (!keyIds.Add(recipient.KeyId))
                {
                    throw new UsageException($"The key in {path} was given twice.");
                }

                recipients.Add(recipient);
            }

            foreach (string path in request.PresharedKeys)
            {
                recipients.Add(await KeyFiles.ReadPresharedAsync(path, key => new PresharedKeyRecipient(key), cancellationToken).ConfigureAwait(false));
            }

            if (request.Passphrase is not null)
            {
                recipients.Add(await ReadPassphraseAsync(request.Passphrase, console, cancellationToken).ConfigureAwait(false));
            }

            WarnOfOneKey(request, console);
            return new RecipientList(recipients);
        }
        catch
        {
            new RecipientList(recipients).Dispose();
            throw;
        }
    }

    private static async Task<PassphraseRecipient> ReadPassphraseAsync(PassphraseSource source, CliConsole console, CancellationToken cancellationToken)
    {
        char[] passphrase = await source.ReadAsync(console, "the new bundle", isNew: true, cancellationToken).ConfigureAwait(false);
        try
        {
            return new PassphraseRecipient(passphrase);
        }
        finally
        {
            Array.Clear(passphrase);
        }
    }

    private static void WarnOfOneKey(RecipientRequest request, CliConsole console)
    {
        if (request.Passphrase is null && request.PublicKeys.Count(key => key.Scopes == KeyScopes.All) + request.PresharedKeys.Count == 1)
        {
            console.Error.WriteLine("waybill: one key alone opens all of this bundle; if it is lost, so is the backup. A second --recipient, kept elsewhere, helps.");
        }
    }
}
