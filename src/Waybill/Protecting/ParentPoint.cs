using Waybill.Bundles;
using Waybill.Storage;

namespace Waybill.Engine;

/// <summary>The point a run builds on, or why there is none.</summary>
internal sealed class ParentPoint : IAsyncDisposable
{
    private ParentPoint(BundleChain? chain, string whyNone)
    {
        Chain = chain;
        WhyNone = whyNone;
    }

    public BundleChain? Chain { get; }

    public string WhyNone { get; }

    public static ParentPoint None(string why) => new(null, why);

    /// <summary>Opens the newest point of an application, as its record or, if that is lost, the store tells.</summary>
    public static async Task<ParentPoint> OpenAsync(
        EngineContext context, ProtectedApplication application, ProtectRequest request, ApplicationRecord record, CancellationToken cancellationToken)
    {
        if (request.ForceFull)
        {
            return None("a full point was asked for");
        }

        string? name = record.BundleName.Length > 0 && await ExistsAsync(context.Store, record.BundleName, cancellationToken).ConfigureAwait(false)
            ? record.BundleName
            : await RecoveryPoints.FindNewestAsync(context.Store, application.Name, application.Id, request.Reader, cancellationToken).ConfigureAwait(false);
        if (name is null)
        {
            return None("there is no earlier point");
        }

        ByteSource source = await context.Store.OpenReadAsync(name, cancellationToken).ConfigureAwait(false);
        try
        {
            BundleReader bundle = await BundleReader.OpenAsync(source, request.Trust, request.Reader, cancellationToken).ConfigureAwait(false);
            return new ParentPoint(await BundleChain.OpenAsync(bundle, new StoreBundleLocator(context.Store), cancellationToken).ConfigureAwait(false), "");
        }
        catch (WaybillException e) when (e is not ProviderException && !e.IsTransient)
        {
            // A full point is always safe; that it is one, and why, is in the result.
            return None($"the newest point cannot be built on: {e.ToDisplayString()}");
        }
    }

    public StreamInfo? Find(StreamKind kind, string name) => Chain?.Manifest.FindStream(kind, name);

    /// <summary>Counts how many points in a row, up to the newest, trusted the platform about a volume.</summary>
    public int TrustedPoints(string volume) =>
        Chain?.Bundles.TakeWhile(b => b.Manifest.FindStream(StreamKind.BlockVolume, volume)?.Change.Kind == ChangeKind.ChangedRanges).Count() ?? 0;

    public ValueTask DisposeAsync() => Chain?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task<bool> ExistsAsync(IBundleStore store, string name, CancellationToken cancellationToken)
    {
        await foreach (StoredBundle bundle in store.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (bundle.Name == name)
            {
                return true;
            }
        }

        return false;
    }
}
