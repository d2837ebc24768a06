using System.Runtime.CompilerServices;
using Waybill.Kubernetes.Wire;

namespace Waybill.Kubernetes;

/// <summary>
/// Calls the SnapshotMetadata service that a cluster serves beside a CSI driver (external-snapshot-metadata): what of a snapshot was ever written, and what changed since an
/// earlier one. It checks whatever a caller can check, and makes streams that break again from where they broke.
/// </summary>
/// <remarks>It tells places, never content. It may be used by any number of calls at once.</remarks>
public sealed class SnapshotMetadataClient : IDisposable
{
    // The most that gRPC takes unless told otherwise; what is asked for at a time stays far below.
    private const int MaxMessageBytes = 4 << 20;

    private readonly SnapshotMetadataClientOptions _options;
    private readonly TrustedChannel _channel;
    private readonly SnapshotMetadata.SnapshotMetadataClient _calls;

    private SnapshotMetadataClient(SnapshotMetadataClientOptions options, TrustedChannel channel)
    {
        _options = options;
        _channel = channel;
        _calls = new SnapshotMetadata.SnapshotMetadataClient(channel.Channel);
    }

    /// <summary>Makes a client. Nothing is sent yet.</summary>
    /// <param name="options">Where the server is, and as whom it is called.</param>
    /// <returns>The client; the caller disposes it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/> if the address or the certificates cannot be used.</exception>
    public static SnapshotMetadataClient Connect(SnapshotMetadataClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SnapshotMetadataClient(options, TrustedChannel.Open("SnapshotMetadata service", options.Name, options.Address, options.Authorities, MaxMessageBytes));
    }

    /// <summary>Lists what of a snapshot was ever written. What is not listed is zeros; it must never be laid over an earlier backup.</summary>
    /// <param name="objectNamespace">The namespace of the VolumeSnapshot.</param>
    /// <param name="snapshot">Its name there.</param>
    /// <param name="length">The size of the snapshot in bytes.</param>
    /// <param name="startingOffset">Where to begin, in bytes; behind the end there is nothing.</param>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/> and never cleanly.</param>
    /// <returns>Ascending, disjoint, non-empty ranges from the starting offset on and within the length; ends without an error only if it is complete. Asked for when it is enumerated.</returns>
    /// <exception cref="ProviderException">
    /// <see cref="WaybillErrorCode.DeltaInvalid"/> if the server breaks its contract or knows a smaller volume, <see cref="WaybillErrorCode.SnapshotNotFound"/>,
    /// <see cref="WaybillErrorCode.ProviderUnsupported"/>, <see cref="WaybillErrorCode.ClusterRefused"/>, <see cref="WaybillErrorCode.ProviderBusy"/> if it got no further
    /// within <see cref="SnapshotMetadataClientOptions.RetryLimit"/>, which is also what there is to see where no such VolumeSnapshot exists, or another that the call ended
    /// with. <see cref="ProviderException.VendorCode"/> is the name of its status.
    /// </exception>
    public IAsyncEnumerable<ByteRange> ListAllocatedAsync(
        string objectNamespace, string snapshot, long length, long startingOffset = 0, CancellationToken cancellationToken = default) =>
        ListAsync(Question(objectNamespace, snapshot, null, length, startingOffset), cancellationToken);

    /// <summary>Lists what may differ from an earlier state of the same volume. What is not listed is as it was then.</summary>
    /// <param name="objectNamespace">The namespace of the VolumeSnapshot.</param>
    /// <param name="baseId">
    /// What the driver computes changes from: its own handle of the earlier snapshot or, where it gives one, the change id. The service passes it on unseen, so that whose
    /// it is must be certain before.
    /// </param>
    /// <param name="snapshot">The name of the later VolumeSnapshot.</param>
    /// <param name="length">The size of the later snapshot in bytes.</param>
    /// <param name="startingOffset">Where to begin, in bytes; behind the end there is nothing.</param>
    /// <param name="cancellationToken">Ends the call early, with <see cref="OperationCanceledException"/> and never cleanly.</param>
    /// <returns>Ascending, disjoint, non-empty ranges from the starting offset on and within the length; ends without an error only if it is complete. Asked for when it is enumerated.</returns>
    /// <exception cref="ProviderException">
    /// As <see cref="ListAllocatedAsync"/>; <see cref="WaybillErrorCode.ChangeTrackingLost"/> if the driver does not know what changed since the base, or no such base.
    /// </exception>
    public IAsyncEnumerable<ByteRange> ListChangedAsync(
        string objectNamespace, ChangeId baseId, string snapshot, long length, long startingOffset = 0, CancellationToken cancellationToken = default)
    {
        if (baseId.IsDefault)
        {
            throw new ArgumentException("There is no base.", nameof(baseId));
        }

        return ListAsync(Question(objectNamespace, snapshot, baseId, length, startingOffset), cancellationToken);
    }

    /// <summary>Ends it. Lists that are open end with it.</summary>
    public void Dispose() => _channel.Dispose();

    private static MetadataQuestion Question(string objectNamespace, string snapshot, ChangeId? baseId, long length, long startingOffset)
    {
        ArgumentException.ThrowIfNullOrEmpty(objectNamespace);
        ArgumentException.ThrowIfNullOrEmpty(snapshot);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        return new MetadataQuestion(objectNamespace, snapshot, baseId, length, startingOffset);
    }

    private async IAsyncEnumerable<ByteRange> ListAsync(MetadataQuestion question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (question.StartingOffset >= question.Length)
        {
            yield break;
        }

        using var reader = new MetadataReader(_options, _calls, question, cancellationToken);
        while (await reader.NextAsync().ConfigureAwait(false) is { } ranges)
        {
            foreach (ByteRange range in ranges)
            {
                yield return range;
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
