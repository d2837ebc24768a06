using Waybill.Bundles;

namespace Waybill.Cli.Keys;

/// <summary>Who is to be able to open a new bundle.</summary>
/// <param name="PublicKeys">Files of public keys with what each opens.</param>
/// <param name="PresharedKeys">Files of pre-shared keys, which open everything.</param>
/// <param name="Passphrase">Where the passphrase comes from that alone opens the bundle, if that is how.</param>
internal sealed record RecipientRequest(IReadOnlyList<(string Path, KeyScopes Scopes)> PublicKeys, IReadOnlyList<string> PresharedKeys, PassphraseSource? Passphrase)
{
    private const int MaxRecipients = 64;

    /// <summary>Gets the number of recipients; 0: the bundle is not encrypted.</summary>
    public int Count => PublicKeys.Count + PresharedKeys.Count + (Passphrase is null ? 0 : 1);

    /// <summary>Says why a bundle cannot have these recipients; null if it can.</summary>
    public string? FindProblem()
    {
        if (PublicKeys.Select(key => key.Path).Concat(PresharedKeys).Any(path => path.Length == 0))
        {
            return "A recipient needs the name of a file.";
        }

        if (Passphrase is not null && Count > 1)
        {
            return "A bundle for a passphrase has no other recipients: whoever guesses it would get what was meant for them.";
        }

        // Secrets that nobody can open would be noticed on the day they are needed.
        return Count > MaxRecipients ? $"A bundle has at most {MaxRecipients} recipients."
            : PublicKeys.Count > 0 && PresharedKeys.Count == 0 && PublicKeys.All(key => key.Scopes != KeyScopes.All)
            ? "Nobody could open everything: give at least one --recipient."
            : null;
    }
}
