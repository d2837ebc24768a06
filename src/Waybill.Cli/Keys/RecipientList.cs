using Waybill.Bundles;

namespace Waybill.Cli.Keys;

/// <summary>Those who will be able to open a bundle. Disposing it clears what is secret of them.</summary>
internal sealed class RecipientList(List<BundleRecipient> recipients) : IDisposable
{
    public IReadOnlyList<BundleRecipient> Recipients => recipients;

    public void Dispose() => recipients.ForEach(recipient => (recipient as IDisposable)?.Dispose());
}
