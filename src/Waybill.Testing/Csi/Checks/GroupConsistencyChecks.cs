using System.Buffers.Binary;
using Grpc.Core;
using Waybill.Bundles;
using Waybill.Csi.Wire;
using GroupCall = Waybill.Csi.Wire.GroupControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Testing;

/// <summary>Group snapshots of volumes that are being written: what was written later is never there without what was written before.</summary>
internal static class GroupConsistencyChecks
{
    private const int Rounds = 3;
    private const int RecordLength = 4096;
    private const string FileName = "sequence";

    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        new(
            "csi.group.write-order-mounted",
            "A group snapshot of mounted volumes MUST hold every write that was acknowledged before one it holds, whatever volume it went to, or be refused.",
            (scope, token) => RunAsync(scope, CsiAccess.Mount, token)),
        new(
            "csi.group.write-order-block",
            "A group snapshot of block volumes MUST hold every write that was acknowledged before one it holds, whatever volume it went to, or be refused.",
            (scope, token) => RunAsync(scope, CsiAccess.Block, token)),
    ];

    private static async Task RunAsync(CsiScope scope, CsiAccess access, CancellationToken token)
    {
        scope.Session.Require(GroupCall.CreateDeleteGetVolumeGroupSnapshot);
        scope.Session.RequireNode();
        Volume[] volumes = [await scope.NewVolumeAsync(token, access).ConfigureAwait(false), await scope.NewVolumeAsync(token, access).ConfigureAwait(false)];
        List<CsiPlace> places = [];
        foreach (Volume volume in volumes)
        {
            places.Add(await scope.BringAsync(volume, access, token).ConfigureAwait(false));
        }

        List<VolumeGroupSnapshot> groups = await TakeWhileWrittenAsync(scope, access, volumes, places, token).ConfigureAwait(false);
        foreach (VolumeGroupSnapshot group in groups)
        {
            long[] numbers =
            [
                await ReadAsync(scope, access, SnapshotOf(group, volumes[0]), token).ConfigureAwait(false),
                await ReadAsync(scope, access, SnapshotOf(group, volumes[1]), token).ConfigureAwait(false),
            ];

            // Odd numbers went to the first volume, even ones to the second, each when the one before it was acknowledged.
            Verdicts.Require(Math.Abs(numbers[0] - numbers[1]) <= 1, $"The last write on one volume is number {numbers[0]}, on the other number {numbers[1]}.");
        }
    }

    private static string SnapshotOf(VolumeGroupSnapshot group, Volume volume) =>
        group.Snapshots.FirstOrDefault(one => one.SourceVolumeId == volume.VolumeId)?.SnapshotId
        ?? throw new CheckFailedException($"The group snapshot holds nothing of volume {volume.VolumeId}.");

    private static async Task<List<VolumeGroupSnapshot>> TakeWhileWrittenAsync(
        CsiScope scope, CsiAccess access, Volume[] volumes, List<CsiPlace> places, CancellationToken token)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(token);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task writing = Task.Run(() => WriteAsync(scope, access, places, begun, enough.Token), CancellationToken.None);
        List<VolumeGroupSnapshot> groups = [];
        try
        {
            await Task.WhenAny(begun.Task, writing).ConfigureAwait(false);
            for (int round = 0; round < Rounds && !writing.IsCompleted; round++)
            {
                CreateVolumeGroupSnapshotRequest request = scope.GroupRequest(volumes.Select(one => one.VolumeId));
                groups.Add(await GroupChecks.ReadyAsync(scope, request, token).ConfigureAwait(false));
            }
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.FailedPrecondition)
        {
            throw new CheckSkippedException($"The driver refused the group, which keeps the promise: {CsiStatus.Describe(refused)}");
        }
        finally
        {
            await enough.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(false);
        }

        return groups;
    }

    private static async Task WriteAsync(CsiScope scope, CsiAccess access, List<CsiPlace> places, TaskCompletionSource begun, CancellationToken enough)
    {
        SequenceFile[] files = [SequenceFile.Open(places[0].Target, access), SequenceFile.Open(places[1].Target, access)];
        try
        {
            for (long number = 1; !enough.IsCancellationRequested; number++)
            {
                SemaphoreSlim? gate = scope.Options.FreezeGate;
                if (gate is not null)
                {
                    await gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
                }

                try
                {
                    await files[(number + 1) % 2].WriteAsync(number).ConfigureAwait(false);
                }
                finally
                {
                    gate?.Release();
                }

                if (number >= 2)
                {
                    begun.TrySetResult();
                }
            }
        }
        finally
        {
            foreach (SequenceFile file in files)
            {
                await file.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async Task<long> ReadAsync(CsiScope scope, CsiAccess access, string snapshot, CancellationToken token)
    {
        Volume restored = await scope.RestoreAsync(snapshot, access, token).ConfigureAwait(false);
        CsiPlace place = await scope.BringAsync(restored, access, token).ConfigureAwait(false);
        byte[] record = new byte[sizeof(long)];
        FileBlockReader reader = FileBlockReader.Open(access == CsiAccess.Block ? place.Target : Path.Combine(place.Target, FileName));
        await using (reader.ConfigureAwait(false))
        {
            await reader.ReadAsync(0, record, token).ConfigureAwait(false);
        }

        await scope.TakeAwayAsync(place, token).ConfigureAwait(false);
        return BinaryPrimitives.ReadInt64LittleEndian(record);
    }

    /// <summary>The place of a volume where the number of the last write to it stands.</summary>
    private sealed class SequenceFile : IAsyncDisposable
    {
        private readonly byte[] _record = new byte[RecordLength];
        private readonly FileBlockWriter? _device;
        private readonly FileStream? _file;

        private SequenceFile(FileBlockWriter? device, FileStream? file)
        {
            _device = device;
            _file = file;
        }

        public static SequenceFile Open(string target, CsiAccess access) => access == CsiAccess.Block
            ? new SequenceFile(FileBlockWriter.OpenExisting(target), null)
            : new SequenceFile(
                null,
                new FileStream(
                    Path.Combine(target, FileName),
                    new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0, Options = FileOptions.WriteThrough }));

        /// <summary>Writes a number and returns when it is durable, which is when the next one may be written elsewhere.</summary>
        public async Task WriteAsync(long number)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_record, number);
            if (_device is not null)
            {
                await _device.WriteAsync(0, _record).ConfigureAwait(false);
                await _device.CompleteAsync().ConfigureAwait(false);
            }
            else
            {
                _file!.Position = 0;
                await _file.WriteAsync(_record).ConfigureAwait(false);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_device is not null)
            {
                await _device.DisposeAsync().ConfigureAwait(false);
            }

            if (_file is not null)
            {
                await _file.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
