using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Volumes are found, listed and described.</summary>
internal static class VolumeScenario
{
    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("volumes.find", "A volume that exists MUST be found, as it was described before."),
        new("volumes.find-unknown", "Finding a volume that does not exist MUST return null."),
        new("volumes.list-once", "What exists during the whole call MUST be listed once."),
        new("volumes.list-cancelled", "A list of volumes that was cancelled MUST NOT end cleanly."),
        new("volumes.capabilities", "Capabilities MUST be given for a volume and be the same when nothing changed, and refused for one that does not exist."),
        new("volumes.open-unknown", "Opening what does not exist MUST fail with VolumeNotFound or SnapshotNotFound."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        IVolumeProvider provider = scope.Provider;
        KitVolume volume = await scope.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
        VolumeId unknown = new(scope.NewName());
        await verdicts.CheckAsync(
            "volumes.find",
            async () =>
            {
                VolumeDescriptor? found = await provider.FindVolumeAsync(volume.Id, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(found is not null, $"Volume {volume.Id} was not found.");
                Verdicts.Require(found.Id == volume.Id && found.Length == volume.Descriptor.Length, $"It was found as {found} instead of {volume.Descriptor}.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "volumes.find-unknown",
            async () =>
            {
                VolumeDescriptor? found = await provider.FindVolumeAsync(unknown, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(found is null, $"{found} was found for {unknown}.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("volumes.list-once", () => CheckListAsync(provider, volume.Id, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "volumes.list-cancelled",
            () => Cancellation.CheckAsync(provider.ListVolumesAsync, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "volumes.capabilities",
            async () =>
            {
                VolumeCapabilities first = await provider.GetCapabilitiesAsync(volume.Id, cancellationToken).ConfigureAwait(false);
                VolumeCapabilities second = await provider.GetCapabilitiesAsync(volume.Id, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(first == second, $"First {first}, then {second}.");
                await Verdicts.ExpectAsync(
                    WaybillErrorCode.VolumeNotFound,
                    async () => await provider.GetCapabilitiesAsync(unknown, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("volumes.open-unknown", () => CheckOpenAsync(provider, volume.Id, unknown, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckListAsync(IVolumeProvider provider, VolumeId volume, CancellationToken cancellationToken)
    {
        List<VolumeId> listed = [];
        await foreach (VolumeDescriptor one in provider.ListVolumesAsync(cancellationToken).ConfigureAwait(false))
        {
            listed.Add(one.Id);
        }

        Verdicts.Require(listed.Contains(volume), $"Volume {volume} is not among the {listed.Count} listed.");
        VolumeId[] repeated = [.. listed.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key)];
        Verdicts.Require(repeated.Length == 0, $"Listed more than once: {string.Join(", ", repeated)}.");
    }

    private static async Task CheckOpenAsync(IVolumeProvider provider, VolumeId known, VolumeId unknown, CancellationToken cancellationToken)
    {
        await Verdicts.ExpectAsync(WaybillErrorCode.VolumeNotFound, () => OpenReadAsync(new VolumeSource(unknown))).ConfigureAwait(false);
        await Verdicts.ExpectAsync(
            WaybillErrorCode.VolumeNotFound,
            async () =>
            {
                BlockWriter writer = await provider.OpenWriteAsync(unknown, cancellationToken).ConfigureAwait(false);
                await writer.DisposeAsync().ConfigureAwait(false);
            }).ConfigureAwait(false);
        if (provider is ISnapshotProvider)
        {
            await Verdicts.ExpectAsync(
                WaybillErrorCode.SnapshotNotFound,
                () => OpenReadAsync(new VolumeSource(known, new SnapshotId(unknown.ToString())))).ConfigureAwait(false);
        }

        async Task OpenReadAsync(VolumeSource source)
        {
            BlockReader reader = await provider.OpenReadAsync(source, cancellationToken).ConfigureAwait(false);
            await reader.DisposeAsync().ConfigureAwait(false);
        }
    }
}
