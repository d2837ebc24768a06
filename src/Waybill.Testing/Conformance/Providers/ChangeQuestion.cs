using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Asks a platform what changed, as patiently as it wants to be asked.</summary>
internal static class ChangeQuestion
{
    /// <summary>Gives the capabilities of a volume; if it does not claim to track changes, there is nothing to check.</summary>
    public static async Task<VolumeCapabilities> RequireTrackingAsync(ProviderScope scope, KitVolume volume, CancellationToken cancellationToken)
    {
        _ = scope.Changes;
        _ = scope.Snapshots;
        VolumeCapabilities capabilities = await scope.CapabilitiesAsync(volume, cancellationToken).ConfigureAwait(false);
        return capabilities.Shape == ChangeShape.None ? throw new CheckSkippedException("The volume does not claim to track changes.") : capabilities;
    }

    /// <summary>Asks until the answer is not to ask again later.</summary>
    public static async Task<DiffResult> AskAsync(ProviderScope scope, KitSnapshot from, KitSnapshot target, CancellationToken cancellationToken)
    {
        ChangeId baseId = from.Descriptor.ChangeId ?? throw new CheckFailedException($"Snapshot {from.Id} has no change id although the volume claims to track changes.");
        TimeProvider time = scope.Options.TimeProvider;
        long start = time.GetTimestamp();
        while (true)
        {
            DiffResult answer = await scope.Changes.DiffAsync(target.Volume.Id, baseId, target.Id, cancellationToken).ConfigureAwait(false);
            if (answer is not DiffResult.RetryLater later)
            {
                return answer;
            }

            Verdicts.Require(time.GetElapsedTime(start) < scope.Options.Patience, $"After {scope.Options.Patience} the answer is still {answer}.");
            await Task.Delay(later.After, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Asks; if the changes are not known, there is nothing to check.</summary>
    public static async Task<Delta> RequireKnownAsync(ProviderScope scope, KitSnapshot from, KitSnapshot target, CancellationToken cancellationToken)
    {
        DiffResult answer = await AskAsync(scope, from, target, cancellationToken).ConfigureAwait(false);
        return answer is DiffResult.Known known ? known.Changes : throw new CheckSkippedException($"The changes are not known: {answer}.");
    }
}
