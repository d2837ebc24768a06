using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Engine.Tests;

/// <summary>A platform that restores files and says of one that it could not do so as it was.</summary>
internal sealed class ReportingProvider(ScriptedProvider inner, FileRestoreProblem problem) : IVolumeProvider, IVolumeProvisioner, IFileTreeProvider
{
    public string Name => inner.Name;

    public IAsyncEnumerable<VolumeDescriptor> ListVolumesAsync(CancellationToken cancellationToken = default) => inner.ListVolumesAsync(cancellationToken);

    public ValueTask<VolumeDescriptor?> FindVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) => inner.FindVolumeAsync(volume, cancellationToken);

    public ValueTask<VolumeCapabilities> GetCapabilitiesAsync(VolumeId volume, CancellationToken cancellationToken = default) => inner.GetCapabilitiesAsync(volume, cancellationToken);

    public ValueTask<BlockReader> OpenReadAsync(VolumeSource source, CancellationToken cancellationToken = default) => inner.OpenReadAsync(source, cancellationToken);

    public ValueTask<BlockWriter> OpenWriteAsync(VolumeId volume, CancellationToken cancellationToken = default) => inner.OpenWriteAsync(volume, cancellationToken);

    public ValueTask<VolumeDescriptor> CreateVolumeAsync(VolumeCreateRequest request, CancellationToken cancellationToken = default) => inner.CreateVolumeAsync(request, cancellationToken);

    public ValueTask<VolumeDescriptor> GrowVolumeAsync(VolumeId volume, long length, CancellationToken cancellationToken = default) => inner.GrowVolumeAsync(volume, length, cancellationToken);

    public ValueTask DeleteVolumeAsync(VolumeId volume, CancellationToken cancellationToken = default) => inner.DeleteVolumeAsync(volume, cancellationToken);

    public ValueTask<FileTreeSource> OpenTreeAsync(VolumeSource source, CancellationToken cancellationToken = default) => inner.OpenTreeAsync(source, cancellationToken);

    public async ValueTask<FileTreeTarget> OpenTreeTargetAsync(VolumeId volume, CancellationToken cancellationToken = default) =>
        new Target(await inner.OpenTreeTargetAsync(volume, cancellationToken), problem);

    private sealed class Target(FileTreeTarget inner, FileRestoreProblem problem) : FileTreeTarget
    {
        public override IReadOnlyList<FileRestoreProblem> Problems => [.. inner.Problems, problem];

        public override ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default) => inner.BeginAsync(entry, cancellationToken);

        public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default) => inner.WriteAsync(offset, content, cancellationToken);

        public override ValueTask DiscardAsync(CancellationToken cancellationToken = default) => inner.DiscardAsync(cancellationToken);

        public override ValueTask CompleteAsync(CancellationToken cancellationToken = default) => inner.CompleteAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
