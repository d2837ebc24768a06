using Waybill.Bundles;

namespace Waybill.Cli.Keys;

/// <summary>The keys at hand: those that open, and those that sign. Disposing it clears them.</summary>
internal sealed class KeyRing(List<BundleKey> keys, List<BundleSigner> signers, TimestampService? timestamps = null) : IDisposable
{
    public IReadOnlyList<BundleKey> Keys => keys;

    public IReadOnlyList<BundleSigner> Signers => signers;

    /// <summary>Gets options for readers that open bundles with these keys.</summary>
    public BundleReaderOptions ToReaderOptions(IReadOnlyList<SignedStatement>? statements = null) => new() { Keys = Keys, DetachedStatements = statements ?? [] };

    public void Dispose()
    {
        keys.ForEach(key => key.Dispose());
        signers.ForEach(signer => signer.Dispose());
        timestamps?.Dispose();
    }
}
