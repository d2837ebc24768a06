using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>
/// A <see cref="ScriptedProvider"/> that breaks one obligation, as adapters really do. It shows that the kit notices, and what an engine does
/// when a platform is wrong.
/// </summary>
/// <param name="inner">The platform, which keeps every obligation.</param>
/// <param name="breach">What is broken.</param>
public sealed partial class BrokenProvider(ScriptedProvider inner, Breach breach)
    : IVolumeProvider, IVolumeProvisioner, ISnapshotProvider, IGroupSnapshotProvider, IChangeSource, IFileTreeProvider, IChangedFileSource
{
    private readonly Meeting _meeting = new();
    private readonly Meeting _creating = new(TimeSpan.FromMilliseconds(200));
    private int _calls;
    private int _writers;

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <summary>Gets what is broken.</summary>
    public Breach Breach { get; } = breach;

    /// <inheritdoc/>
    public async IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool endsCleanly = Breach == Breach.VolumeListEndsOnCancel;
        for (int round = 0; round < (Breach == Breach.ListsVolumesTwice ? 2 : 1); round++)
        {
            await foreach (VolumeDescriptor volume in inner.ListVolumesAsync(endsCleanly ? CancellationToken.None : cancellationToken).ConfigureAwait(false))
            {
                if (endsCleanly && cancellationToken.IsCancellationRequested)
                {
                    yield break;
                }

                yield return volume;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        Breach == Breach.FindForgets
            ? null
            : await inner.FindVolumeAsync(volume, cancellationToken).ConfigureAwait(false)
                ?? (Breach == Breach.FindThrows ? throw inner.Failure(WaybillErrorCode.VolumeNotFound, "There is no such volume.") : null);

    /// <inheritdoc/>
    public async ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        VolumeCapabilities capabilities = await inner.GetCapabilitiesAsync(volume, cancellationToken).ConfigureAwait(false);
        return Breach == Breach.CapabilitiesChange ? capabilities with { AnyBase = Interlocked.Increment(ref _calls) % 2 == 0 } : capabilities;
    }

    /// <inheritdoc/>
    public async ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default)
    {
        VolumeSource opened = source;
        switch (Breach)
        {
            case Breach.SnapshotFollowsVolume when source.Snapshot is not null:
            case Breach.OpensUnknown when source.Snapshot is { } unknown && await inner.FindSnapshotAsync(unknown, cancellationToken).ConfigureAwait(false) is null:
                opened = new VolumeSource(source.Volume);
                break;
            case Breach.CloneShared when source.Snapshot is null && _clones.TryGetValue(source.Volume, out VolumeId origin):
                opened = new VolumeSource(origin);
                break;
            default:
                break;
        }

        BlockReader reader = await inner.OpenReadAsync(opened, cancellationToken).ConfigureAwait(false);
        bool isDamaged = source.Snapshot is not null && (Breach == Breach.SnapshotIncomplete || (Breach == Breach.SnapshotDeleteDamagesOthers && _anyDeleted));
        return new BrokenReader(inner, reader, Breach, _meeting) { IsDamaged = isDamaged };
    }

    /// <inheritdoc/>
    public async ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default)
    {
        BlockWriter writer = await inner.OpenWriteAsync(volume, cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref _writers);
        return new BrokenWriter(inner, writer, Breach, () => Interlocked.Decrement(ref _writers));
    }
}
