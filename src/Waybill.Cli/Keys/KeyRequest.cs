namespace Waybill.Cli.Keys;

/// <summary>What encrypted bundles are to be opened with.</summary>
/// <param name="Keys">Files of private keys.</param>
/// <param name="PresharedKeys">Files of pre-shared keys.</param>
/// <param name="Passphrase">Where a passphrase comes from, if there is one.</param>
internal sealed record KeyRequest(IReadOnlyList<string> Keys, IReadOnlyList<string> PresharedKeys, PassphraseSource? Passphrase);
