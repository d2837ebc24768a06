using Waybill.Bundles;

namespace Waybill.Cli.Keys;

/// <summary>Who is to be able to open a new bundle.</summary>
/// <param name="PublicKeys">Files of public keys with what each opens.</param>
/// <param name="PresharedKeys">Files of pre-shared keys, which open everything.</param>
/// <param name="Passphrase">Where the passphrase comes from that alone opens the bundle, if that is how.</param>
internal sealed record RecipientRequest(IReadOnlyList<(string Path, KeyScopes Scopes)> PublicKeys, IReadOnlyList<string> PresharedKeys, PassphraseSource? Passphrase)
{
    /// <summary>Gets the number of recipients; 0: the bundle is not encrypted.</summary>
    public int Count => PublicKeys.Count + PresharedKeys.Count + (Passphrase is null ? 0 : 1);
}
