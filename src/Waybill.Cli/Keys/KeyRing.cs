using Waybill.Bundles;

namespace Waybill.Cli.Keys;

/// <summary>The keys at hand. Disposing it clears them.</summary>
internal sealed class KeyRing(List<BundleKey> keys) : IDisposable
{
    public IReadOnlyList<BundleKey> Keys => keys;

    public void Dispose() => keys.ForEach(key => key.Dispose());
}
