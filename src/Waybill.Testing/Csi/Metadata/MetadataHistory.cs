using Grpc.Core;
using Waybill.Bundles;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using NodeCall = Waybill.Csi.Wire.NodeServiceCapability.Types.RPC.Types.Type;
using ServiceKind = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Testing;

/// <summary>
/// A block volume that was written to at random through its device, with a snapshot after each step: writes, more writes, discards, and writes after
/// an expansion. What its snapshots really hold is read from volumes made of them.
/// </summary>
internal sealed class MetadataHistory
{
    private const int Sector = 512;
    private const int MaxWrite = 32 * 1024;
    private const int Writes = 16;
    private const int ChangesPerStep = 6;
    private const int CompareLength = 1 << 20;

    private readonly CsiScope _scope;
    private readonly List<BlockRange> _written = [];
    private readonly Dictionary<string, CsiPlace> _contents = [];
    private readonly List<Snapshot> _snapshots = [];
    private CsiPlace _place;

    private MetadataHistory(CsiScope scope, CsiPlace place)
    {
        _scope = scope;
        _place = place;
    }

    /// <summary>Gets the snapshot after the first writes.</summary>
    public string First => _snapshots[0].SnapshotId;

    /// <summary>Gets the snapshot after more writes.</summary>
    public string Rewritten => _snapshots[1].SnapshotId;

    /// <summary>Gets the snapshot after parts were discarded.</summary>
    public string Discarded => _snapshots[2].SnapshotId;

    /// <summary>Gets the snapshot after the volume was expanded and written to; null if the driver expands no volumes.</summary>
    public string? Expanded => _snapshots.Count > 3 ? _snapshots[3].SnapshotId : null;

    /// <summary>Gets the volume.</summary>
    public string VolumeId => _place.Volume.VolumeId;

    /// <summary>Writes the history.</summary>
    public static async Task<MetadataHistory> CreateAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ServiceKind.SnapshotMetadataService);
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        scope.Session.RequireNode();
        Volume volume = await scope.NewVolumeAsync(token, CsiAccess.Block).ConfigureAwait(false);
        MetadataHistory history = new(scope, await scope.BringAsync(volume, CsiAccess.Block, token).ConfigureAwait(false));
        await history.WriteAsync(Writes, 0, token).ConfigureAwait(false);
        await history.SnapshotAsync(token).ConfigureAwait(false);
        await history.RewriteAsync(token).ConfigureAwait(false);
        await history.SnapshotAsync(token).ConfigureAwait(false);
        await history.DiscardAsync(token).ConfigureAwait(false);
        await history.SnapshotAsync(token).ConfigureAwait(false);
        if (await history.ExpandAsync(token).ConfigureAwait(false) is { } grownFrom)
        {
            await history.WriteAsync(ChangesPerStep, grownFrom, token).ConfigureAwait(false);
            await history.WriteAsync(ChangesPerStep, 0, token).ConfigureAwait(false);
            await history.SnapshotAsync(token).ConfigureAwait(false);
        }

        return history;
    }

    /// <summary>Fails unless a snapshot reads as zeros wherever ranges do not reach.</summary>
    public async Task RequireZerosOutsideAsync(string snapshot, IReadOnlyList<BlockRange> ranges, CancellationToken token)
    {
        FileBlockReader content = await OpenAsync(snapshot, token).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            await RequireGapsAsync(ranges, content, null, "holds data and is not listed as allocated", token).ConfigureAwait(false);
        }
    }

    /// <summary>Fails unless a snapshot is the earlier one with the ranges copied over: that is, unless both agree wherever ranges do not reach.</summary>
    public async Task RequireSameOutsideAsync(string from, string to, IReadOnlyList<BlockRange> ranges, CancellationToken token)
    {
        FileBlockReader before = await OpenAsync(from, token).ConfigureAwait(false);
        await using (before.ConfigureAwait(false))
        {
            FileBlockReader after = await OpenAsync(to, token).ConfigureAwait(false);
            await using (after.ConfigureAwait(false))
            {
                await RequireGapsAsync(ranges, after, before, "changed and is not listed as changed", token).ConfigureAwait(false);
            }
        }
    }

    private static async Task RequireGapsAsync(
        IReadOnlyList<BlockRange> ranges, FileBlockReader content, FileBlockReader? expected, string otherwise, CancellationToken token)
    {
        byte[] found = new byte[CompareLength];
        byte[] wanted = new byte[CompareLength];
        foreach (BlockRange gap in BlockRange.Gaps(ranges, content.Length))
        {
            for (long offset = gap.Offset; offset < gap.End; offset += CompareLength)
            {
                int length = (int)Math.Min(CompareLength, gap.End - offset);
                await ReadAsync(content, offset, found.AsMemory(0, length), token).ConfigureAwait(false);
                wanted.AsSpan(0, length).Clear();
                if (expected is not null)
                {
                    // What lies behind the end of the smaller one was nothing, which reads as zeros once it is there.
                    await ReadAsync(expected, offset, wanted.AsMemory(0, length), token).ConfigureAwait(false);
                }

                int same = found.AsSpan(0, length).CommonPrefixLength(wanted.AsSpan(0, length));
                Verdicts.Require(same == length, $"Byte {offset + same} {otherwise}.");
            }
        }
    }

    private static async Task ReadAsync(FileBlockReader reader, long offset, Memory<byte> destination, CancellationToken token)
    {
        for (int done = 0; done < destination.Length && offset + done < reader.Length;)
        {
            int read = await reader.ReadAsync(offset + done, destination[done..], token).ConfigureAwait(false);
            Verdicts.Require(read > 0, $"Nothing can be read at {offset + done} of {reader.Length} bytes.");
            done += read;
        }
    }

    private async Task<FileBlockReader> OpenAsync(string snapshot, CancellationToken token)
    {
        if (!_contents.TryGetValue(snapshot, out CsiPlace? place))
        {
            long length = _snapshots.First(one => one.SnapshotId == snapshot).SizeBytes;
            Volume restored = await _scope.RestoreAsync(snapshot, CsiAccess.Block, token, length).ConfigureAwait(false);
            place = await _scope.BringAsync(restored, CsiAccess.Block, token).ConfigureAwait(false);
            _contents.Add(snapshot, place);
        }

        return FileBlockReader.Open(place.Target);
    }

    private async Task SnapshotAsync(CancellationToken token) => _snapshots.Add(await _scope.NewSnapshotAsync(VolumeId, token).ConfigureAwait(false));

    private async Task WriteAsync(int count, long from, CancellationToken token) => await ChangeAsync(
        async device =>
        {
            for (int i = 0; i < count; i++)
            {
                byte[] data = new byte[RandomSectors(1, MaxWrite / Sector) * Sector];
                _scope.Session.Random.NextBytes(data);
                long offset = RandomSectors(from / Sector, (device.Length - data.Length) / Sector) * Sector;
                await device.WriteAsync(offset, data, token).ConfigureAwait(false);
                _written.Add(new BlockRange(offset, data.Length));
            }
        },
        token).ConfigureAwait(false);

    // Some of what was there, in the middle of it, and some that was not.
    private async Task RewriteAsync(CancellationToken token)
    {
        await ChangeAsync(
            async device =>
            {
                foreach (BlockRange range in _written.Take(ChangesPerStep).ToArray())
                {
                    byte[] data = new byte[Math.Max(Sector, range.Size / 2 / Sector * Sector)];
                    _scope.Session.Random.NextBytes(data);
                    await device.WriteAsync(range.Offset, data, token).ConfigureAwait(false);
                }
            },
            token).ConfigureAwait(false);
        await WriteAsync(ChangesPerStep, 0, token).ConfigureAwait(false);
    }

    private async Task DiscardAsync(CancellationToken token) => await ChangeAsync(
        async device =>
        {
            foreach (BlockRange range in _written.TakeLast(ChangesPerStep))
            {
                await device.WriteZeroesAsync(new ByteRange(range.Offset, range.Size), token).ConfigureAwait(false);
            }
        },
        token).ConfigureAwait(false);

    private async Task ChangeAsync(Func<FileBlockWriter, Task> change, CancellationToken token)
    {
        FileBlockWriter device = FileBlockWriter.OpenExisting(_place.Target);
        await using (device.ConfigureAwait(false))
        {
            await change(device).ConfigureAwait(false);
            await device.CompleteAsync(token).ConfigureAwait(false);
        }
    }

    /// <summary>Expands the volume while it is published, or apart from that if the driver cannot; null if it expands none.</summary>
    private async Task<long?> ExpandAsync(CancellationToken token)
    {
        if (!_scope.Session.Has(ControllerCall.ExpandVolume))
        {
            return null;
        }

        long before = await GetLengthAsync().ConfigureAwait(false);
        bool isOnline = true;
        try
        {
            await VolumeChecks.ExpandAsync(_scope, VolumeId, _scope.Options.LengthAfterExpansion, token, CsiAccess.Block).ConfigureAwait(false);
        }
        catch (RpcException offline) when (offline.StatusCode == StatusCode.FailedPrecondition)
        {
            isOnline = false;
            await _scope.TakeAwayAsync(_place, token).ConfigureAwait(false);
            await VolumeChecks.ExpandAsync(_scope, VolumeId, _scope.Options.LengthAfterExpansion, token, CsiAccess.Block).ConfigureAwait(false);
            _place = await _scope.BringAsync(_place.Volume, CsiAccess.Block, token).ConfigureAwait(false);
        }

        if (_scope.Session.Has(NodeCall.ExpandVolume) && isOnline)
        {
            await NodeArgumentChecks.ExpandAsync(_scope, VolumeId, _place.Target, token, _place.Staging, _place.Capability).ConfigureAwait(false);
        }

        long after = await GetLengthAsync().ConfigureAwait(false);
        Verdicts.Require(after >= _scope.Options.LengthAfterExpansion, $"The volume was expanded to {_scope.Options.LengthAfterExpansion} bytes; its device has {after}.");
        return before;
    }

    private async Task<long> GetLengthAsync()
    {
        FileBlockReader device = FileBlockReader.Open(_place.Target);
        await using (device.ConfigureAwait(false))
        {
            return device.Length;
        }
    }

    private long RandomSectors(long least, long most) => _scope.Session.Random.NextInt64(least, most + 1);
}
