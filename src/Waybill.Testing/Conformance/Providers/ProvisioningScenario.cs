using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Volumes are made, cloned, grown and removed.</summary>
internal static class ProvisioningScenario
{
    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("provisioning.fresh-zero", "A new volume MUST be as large as asked for and read as zeros."),
        new("provisioning.idempotent", "The same request again MUST return the same volume."),
        new("provisioning.idempotent-concurrent", "The same request MUST return the same volume also while the first call still runs."),
        new("provisioning.conflict", "A different request with a name that is taken MUST be refused with VolumeConflict."),
        new("provisioning.clone-equal", "A volume made of a volume or snapshot MUST hold what that held."),
        new("provisioning.clone-independent", "A clone and its source MUST NOT see each other's later writes."),
        new("provisioning.source-gone", "A source that is gone MUST be reported as VolumeNotFound or SnapshotNotFound."),
        new("provisioning.grow-keeps", "Growing MUST keep what the volume holds, and the size of a volume that is large enough."),
        new("provisioning.grow-zero", "What is new after growing MUST read as zeros."),
        new("provisioning.delete-removes", "A volume that was removed MUST NOT be found any more."),
        new("provisioning.delete-idempotent", "Removing a volume that is not there MUST succeed."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        IVolumeProvisioner provisioner = scope.Role<IVolumeProvisioner>();
        var request = new VolumeCreateRequest(scope.NewName(), scope.Options.VolumeLength) { StorageClass = scope.Options.StorageClass };
        KitVolume volume = await scope.CreateAsync(request, cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "provisioning.fresh-zero",
            async () =>
            {
                Verdicts.Require(volume.Descriptor.Length >= request.Length, $"{volume.Descriptor} is smaller than {request.Length} bytes.");
                byte[] content = await scope.ReadAsync(new VolumeSource(volume.Id), volume.Window, cancellationToken).ConfigureAwait(false);
                ContentComparison.RequireSame(content, new byte[content.Length], "The new volume");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "provisioning.idempotent",
            async () =>
            {
                VolumeDescriptor again = await provisioner.CreateVolumeAsync(request, cancellationToken).ConfigureAwait(false);
                scope.Track(again.Id);
                Verdicts.Require(again.Id == volume.Id, $"It returned {again} instead of {volume.Descriptor}.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "provisioning.idempotent-concurrent",
            async () =>
            {
                VolumeCreateRequest one = request with { Name = scope.NewName() };
                VolumeDescriptor[] made = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
                {
                    VolumeDescriptor descriptor = await provisioner.CreateVolumeAsync(one, cancellationToken).ConfigureAwait(false);
                    scope.Track(descriptor.Id);
                    return descriptor;
                })).ConfigureAwait(false);
                VolumeId[] ids = [.. made.Select(descriptor => descriptor.Id).Distinct()];
                Verdicts.Require(ids.Length == 1, $"One request made {ids.Length} volumes: {string.Join(", ", ids)}.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "provisioning.conflict",
            () => Verdicts.ExpectAsync(
                WaybillErrorCode.VolumeConflict,
                async () => scope.Track((await provisioner.CreateVolumeAsync(request with { Length = request.Length * 2 }, cancellationToken).ConfigureAwait(false)).Id)),
            cancellationToken).ConfigureAwait(false);
        await scope.WriteAsync(volume, 3_333, scope.RandomBytes(200_000), cancellationToken).ConfigureAwait(false);
        await CheckClonesAsync(scope, verdicts, volume, cancellationToken).ConfigureAwait(false);
        await CheckGrowthAsync(scope, verdicts, volume, cancellationToken).ConfigureAwait(false);
        await CheckDeleteAsync(scope, verdicts, provisioner, cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckClonesAsync(ProviderScope scope, Verdicts verdicts, KitVolume volume, CancellationToken cancellationToken)
    {
        KitVolume? clone = null;
        await verdicts.CheckAsync(
            "provisioning.clone-equal",
            async () =>
            {
                List<VolumeSource> sources = [new(volume.Id)];
                if (scope.Provider is ISnapshotProvider)
                {
                    KitSnapshot snapshot = await scope.SnapshotAsync(volume, cancellationToken).ConfigureAwait(false);
                    sources.Add(snapshot.Source);
                }

                foreach (VolumeSource source in sources)
                {
                    clone = await CloneAsync(scope, volume, source, cancellationToken).ConfigureAwait(false);
                    await CompareAsync(scope, clone.Id, volume, $"The clone of {source}", cancellationToken).ConfigureAwait(false);
                }
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "provisioning.clone-independent",
            async () =>
            {
                KitVolume copy = clone ?? throw new CheckSkippedException("There is no clone.");
                byte[] before = await scope.ReadAsync(new VolumeSource(copy.Id), copy.Window, cancellationToken).ConfigureAwait(false);
                await scope.WriteAsync(volume, 5_000, scope.RandomBytes(1_000), cancellationToken).ConfigureAwait(false);
                byte[] after = await scope.ReadAsync(new VolumeSource(copy.Id), copy.Window, cancellationToken).ConfigureAwait(false);
                ContentComparison.RequireSame(after, before, "The clone, after its source was written,");
                await scope.WriteAsync(copy, 9_000, scope.RandomBytes(1_000), cancellationToken).ConfigureAwait(false);
                await CompareAsync(scope, volume.Id, volume, "The source, after its clone was written,", cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "provisioning.source-gone",
            async () =>
            {
                await Verdicts.ExpectAsync(
                    WaybillErrorCode.VolumeNotFound,
                    () => CloneAsync(scope, volume, new VolumeSource(new VolumeId(scope.NewName())), cancellationToken)).ConfigureAwait(false);
                if (scope.Provider is ISnapshotProvider)
                {
                    await Verdicts.ExpectAsync(
                        WaybillErrorCode.SnapshotNotFound,
                        () => CloneAsync(scope, volume, new VolumeSource(volume.Id, new SnapshotId(scope.NewName())), cancellationToken)).ConfigureAwait(false);
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckGrowthAsync(ProviderScope scope, Verdicts verdicts, KitVolume volume, CancellationToken cancellationToken)
    {
        if (!(await scope.CapabilitiesAsync(volume, cancellationToken).ConfigureAwait(false)).Grows)
        {
            verdicts.Skip("provisioning.grow-keeps", "The volume does not claim to grow.");
            verdicts.Skip("provisioning.grow-zero", "The volume does not claim to grow.");
            return;
        }

        IVolumeProvisioner provisioner = scope.Role<IVolumeProvisioner>();
        // The last bytes are data: a platform that grows carelessly shows them again, or what lies behind them.
        await scope.WriteAsync(volume, volume.Window - 5_000, scope.RandomBytes(5_000), cancellationToken).ConfigureAwait(false);
        long before = volume.Descriptor.Length;
        VolumeDescriptor? grown = null;
        await verdicts.CheckAsync(
            "provisioning.grow-keeps",
            async () =>
            {
                grown = await provisioner.GrowVolumeAsync(volume.Id, before + scope.Options.VolumeLength, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(grown.Length >= before + scope.Options.VolumeLength, $"It is {grown.Length} bytes large instead of {before + scope.Options.VolumeLength}.");
                VolumeDescriptor same = await provisioner.GrowVolumeAsync(volume.Id, before, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(same.Length == grown.Length, $"Asked for less, it became {same.Length} instead of {grown.Length} bytes large.");
                await CompareAsync(scope, volume.Id, volume, "The grown volume", cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "provisioning.grow-zero",
            async () =>
            {
                BlockReader reader = await scope.Provider.OpenReadAsync(new VolumeSource(volume.Id), cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    var added = ByteRange.FromBounds(before, Math.Min(before + scope.Options.VolumeLength, Math.Max(before, reader.Length)));
                    byte[] content = await ProviderScope.ReadAsync(reader, added, cancellationToken).ConfigureAwait(false);
                    ContentComparison.RequireSame(content, new byte[content.Length], "What is new");
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckDeleteAsync(ProviderScope scope, Verdicts verdicts, IVolumeProvisioner provisioner, CancellationToken cancellationToken)
    {
        KitVolume doomed = await scope.NewVolumeAsync(cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "provisioning.delete-removes",
            async () =>
            {
                await provisioner.DeleteVolumeAsync(doomed.Id, cancellationToken).ConfigureAwait(false);
                VolumeDescriptor? left = await scope.Provider.FindVolumeAsync(doomed.Id, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(left is null, $"{left} is still there.");
            },
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "provisioning.delete-idempotent",
            async () => await provisioner.DeleteVolumeAsync(doomed.Id, cancellationToken).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    private static Task<KitVolume> CloneAsync(ProviderScope scope, KitVolume original, VolumeSource source, CancellationToken cancellationToken) =>
        scope.CreateAsync(new VolumeCreateRequest(scope.NewName(), original.Descriptor.Length) { Source = source }, cancellationToken);

    private static async Task CompareAsync(ProviderScope scope, VolumeId actual, KitVolume expected, string what, CancellationToken cancellationToken)
    {
        byte[] content = await scope.ReadAsync(new VolumeSource(actual), expected.Window, cancellationToken).ConfigureAwait(false);
        ContentComparison.RequireSame(content, expected.Model.TakeSnapshot().Read(new ByteRange(0, expected.Window)), what);
    }
}
