namespace Waybill.Cli.Keys;

/// <summary>What encrypted bundles are to be opened with.</summary>
/// <param name="Keys">Files of private keys.</param>
/// <param name="PresharedKeys">Files of pre-shared keys.</param>
/// <param name="Passphrase">Where a passphrase comes from, if there is one.</param>
internal sealed record KeyRequest(IReadOnlyList<string> Keys, IReadOnlyList<string> PresharedKeys, PassphraseSource? Passphrase)
{
    /// <summary>Gets files of private keys that sign what is made; the same passphrase opens them.</summary>
    public IReadOnlyList<string> Signers { get; init; } = [];

    /// <summary>Gets the service that confirms when they signed, if there is one.</summary>
    public Uri? TimestampAuthority { get; init; }

    /// <summary>Gets whether anything was given that opens a bundle.</summary>
    public bool IsGiven => Keys.Count + PresharedKeys.Count > 0 || Passphrase is not null;

    /// <summary>Gets whether the passphrase comes from standard input.</summary>
    public bool ReadsStandardInput => Passphrase?.ReadsStandardInput ?? false;
}
