using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Engine;

/// <summary>Waits until snapshots can be read. Some platforms take one in a moment and then need minutes to make it readable.</summary>
internal static class SnapshotReadiness
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>Asks for each snapshot that was not ready until it is. The application goes on already.</summary>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.ProviderBusy"/>, which passes: it took longer than <see cref="ProtectPolicy.RetryLimit"/>.
    /// <see cref="WaybillErrorCode.SnapshotNotFound"/>: it is gone.
    /// </exception>
    public static async Task<ImmutableArray<RunVolume>> WaitAsync(
        EngineContext context, ProtectPolicy policy, ImmutableArray<RunVolume> volumes, IProgress<EngineProgress>? progress, CancellationToken cancellationToken)
    {
        TimeSpan waited = TimeSpan.Zero;
        while (volumes.FirstOrDefault(volume => volume.Snapshot is { IsReady: false }) is { } waiting)
        {
            if (waited + s_interval > policy.RetryLimit)
            {
                throw new ProviderException(WaybillErrorCode.ProviderBusy, waiting.Request.Provider, $"The snapshot of '{waiting.Name}' could not be read after {waited}")
                {
                    ObjectName = waiting.Name,
                    IsTransient = true,
                    Hint = "It is kept: the next run goes on with it. If the platform always takes that long, raise the limit of the policy.",
                };
            }

            progress?.Report(new EngineProgress(EnginePhase.Snapshotting, waiting.Name));
            await Task.Delay(s_interval, context.TimeProvider, cancellationToken).ConfigureAwait(false);
            waited += s_interval;
            volumes = await AskAgainAsync(volumes, cancellationToken).ConfigureAwait(false);
        }

        return volumes;
    }

    private static async Task<ImmutableArray<RunVolume>> AskAgainAsync(ImmutableArray<RunVolume> volumes, CancellationToken cancellationToken)
    {
        RunVolume[] result = [.. volumes];
        for (int i = 0; i < result.Length; i++)
        {
            if (result[i] is { Snapshot: { IsReady: false } snapshot, Provider: ISnapshotProvider snapshots } volume)
            {
                result[i] = volume with
                {
                    Snapshot = await snapshots.FindSnapshotAsync(snapshot.Id, cancellationToken).ConfigureAwait(false)
                        ?? throw new ProviderException(WaybillErrorCode.SnapshotNotFound, volume.Request.Provider, $"The snapshot '{snapshot.Id}' of '{volume.Name}' is gone before it could be read")
                        {
                            ObjectName = volume.Name,
                        },
                };
            }
        }

        return [.. result];
    }
}
