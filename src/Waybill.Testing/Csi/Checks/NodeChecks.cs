using System.Security.Cryptography;
using Grpc.Core;
using Waybill.Bundles;
using Waybill.Csi.Wire;
using AccessMode = Waybill.Csi.Wire.VolumeCapability.Types.AccessMode.Types.Mode;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using NodeCall = Waybill.Csi.Wire.NodeServiceCapability.Types.RPC.Types.Type;
using ServiceKind = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Testing;

/// <summary>Volumes are staged, published, used, expanded and taken away again.</summary>
internal static class NodeChecks
{
    private const int MaxNodeIdBytes = 256;
    private const int ContentLength = 256 * 1024;
    private const string FileName = "content";

    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        new("csi.node.capabilities", "The capabilities of the node MUST be given, the same at every call.", CapabilitiesAsync),
        new("csi.node.info", "The node MUST have an id of at most 256 bytes, no negative limit of volumes, and a place if the driver knows places.", InfoAsync),
        new("csi.node.publish.single-writer", "A volume for a single writer MUST be refused at a second path with FAILED_PRECONDITION.", SingleWriterAsync),
        new("csi.node.publish.incompatible", "A volume that is published at the path otherwise MUST be refused with ALREADY_EXISTS.", IncompatibleAsync),
        new("csi.node.publish.read-only", "A volume published for reading only MUST NOT be written to.", ReadOnlyAsync),
        new("csi.node.unpublish.removes", "What was made at the target path MUST be removed by unpublishing.", RemovesAsync),
        new("csi.node.unpublish.again", "Unpublishing and unstaging what is gone MUST succeed.", UnpublishAgainAsync),
        new("csi.node.stats.works", "Statistics MUST be given where a volume is published, with a total and nothing negative.", StatsAsync),
        new("csi.node.stats.other-path", "Statistics of a path where the volume is not MUST be refused with NOT_FOUND.", StatsElsewhereAsync),
        new("csi.node.expand.works", "After a volume was expanded, the node MUST make the new size usable.", ExpandAsync),
        new("csi.node.lifecycle.works", "A volume MUST be staged and published, and taken away again.", (scope, token) => CycleAsync(scope, 1, token)),
        new("csi.node.lifecycle.idempotent", "Each step from staging to unstaging MUST succeed again and change nothing.", (scope, token) => CycleAsync(scope, scope.Options.Repetitions, token)),
        new("csi.node.content.kept-mounted", "What was written to a mounted volume MUST be there when it is published again.", (scope, token) => KeptAsync(scope, CsiAccess.Mount, token)),
        new("csi.node.content.kept-block", "What was written to a block volume MUST be there when it is published again.", (scope, token) => KeptAsync(scope, CsiAccess.Block, token)),
        new(
            "csi.node.content.snapshot-mounted",
            "A volume made of a snapshot of a mounted volume MUST hold what that held, and nothing that was written later.",
            (scope, token) => SnapshotAsync(scope, CsiAccess.Mount, token)),
        new(
            "csi.node.content.snapshot-block",
            "A volume made of a snapshot of a block volume MUST hold what that held, and nothing that was written later.",
            (scope, token) => SnapshotAsync(scope, CsiAccess.Block, token)),
        new("csi.node.content.clone", "A clone MUST hold what its source held, and nothing that was written later.", CloneAsync),
    ];

    private static async Task CapabilitiesAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.RequireNode();
        string first = await ListAsync().ConfigureAwait(false);
        string second = await ListAsync().ConfigureAwait(false);
        Verdicts.Require(first == second, $"First {first}, then {second}.");

        async Task<string> ListAsync()
        {
            NodeGetCapabilitiesResponse answer = await scope.Session.Node.NodeGetCapabilitiesAsync(new NodeGetCapabilitiesRequest(), scope.Call(token)).ConfigureAwait(false);
            return string.Join(", ", answer.Capabilities.Select(one => one.ToString()).Order(StringComparer.Ordinal));
        }
    }

    private static async Task InfoAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.RequireNode();
        NodeGetInfoResponse info = await scope.Session.Node.NodeGetInfoAsync(new NodeGetInfoRequest(), scope.Call(token)).ConfigureAwait(false);
        int bytes = System.Text.Encoding.UTF8.GetByteCount(info.NodeId);
        Verdicts.Require(bytes is > 0 and <= MaxNodeIdBytes, $"The id of the node has {bytes} bytes.");
        Verdicts.Require(info.MaxVolumesPerNode >= 0, $"The node can have {info.MaxVolumesPerNode} volumes.");
        Verdicts.Require(
            !scope.Session.Has(ServiceKind.VolumeAccessibilityConstraints) || info.AccessibleTopology is { Segments.Count: > 0 }, "The driver knows places, and the node does not say where it is.");
    }

    private static async Task SingleWriterAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.RequireNode();
        scope.Session.Require(NodeCall.SingleNodeMultiWriter);
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        CreateVolumeRequest request = scope.VolumeRequest();
        request.VolumeCapabilities[0] = CsiScope.Capability(scope.Options.Access, AccessMode.SingleNodeSingleWriter);
        Volume volume = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
        CsiPlace place = await scope.BringAsync(volume, scope.Options.Access, token, AccessMode.SingleNodeSingleWriter).ConfigureAwait(false);
        await CsiStatus.ExpectAsync(() => scope.PublishAsync(place, token, place.Target + "-2"), StatusCode.FailedPrecondition).ConfigureAwait(false);
    }

    private static async Task IncompatibleAsync(CsiScope scope, CancellationToken token)
    {
        CsiPlace place = await NewPublishedAsync(scope, scope.Options.Access, token).ConfigureAwait(false);
        await CsiStatus.ExpectAsync(() => scope.PublishAsync(place, token, readOnly: true), StatusCode.AlreadyExists).ConfigureAwait(false);
    }

    private static async Task ReadOnlyAsync(CsiScope scope, CancellationToken token)
    {
        CsiPlace place = await NewPublishedAsync(scope, CsiAccess.Mount, token).ConfigureAwait(false);
        await scope.UnpublishAsync(place.Volume.VolumeId, place.Target, token).ConfigureAwait(false);
        await scope.PublishAsync(place, token, readOnly: true).ConfigureAwait(false);
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(place.Target, FileName), [1], token).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            return;
        }

        throw new CheckFailedException("A file was written to it.");
    }

    private static async Task RemovesAsync(CsiScope scope, CancellationToken token)
    {
        CsiPlace place = await NewPublishedAsync(scope, scope.Options.Access, token).ConfigureAwait(false);
        Verdicts.Require(CsiScope.Exists(place.Target), $"Nothing is at {place.Target} after publishing there.");
        await scope.UnpublishAsync(place.Volume.VolumeId, place.Target, token).ConfigureAwait(false);
        Verdicts.Require(!CsiScope.Exists(place.Target), $"{place.Target} is still there after unpublishing.");
    }

    private static async Task UnpublishAgainAsync(CsiScope scope, CancellationToken token)
    {
        CsiPlace place = await NewPublishedAsync(scope, scope.Options.Access, token).ConfigureAwait(false);
        await scope.TakeAwayAsync(place, token).ConfigureAwait(false);
        await scope.UnpublishAsync(place.Volume.VolumeId, place.Target, token).ConfigureAwait(false);
        await scope.UnstageAsync(place, token).ConfigureAwait(false);
    }

    private static async Task StatsAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(NodeCall.GetVolumeStats);
        CsiPlace place = await NewPublishedAsync(scope, scope.Options.Access, token).ConfigureAwait(false);
        NodeGetVolumeStatsResponse stats = await NodeArgumentChecks.StatsAsync(scope, place.Volume.VolumeId, place.Target, token, place.Staging).ConfigureAwait(false);
        VolumeUsage? bytes = stats.Usage.FirstOrDefault(usage => usage.Unit == VolumeUsage.Types.Unit.Bytes);
        Verdicts.Require(bytes is { Total: > 0 }, "No total number of bytes is given.");
        Verdicts.Require(stats.Usage.All(usage => usage is { Total: >= 0, Used: >= 0, Available: >= 0 }), $"Something is negative: {stats.Usage}");
    }

    private static async Task StatsElsewhereAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(NodeCall.GetVolumeStats);
        CsiPlace place = await NewPublishedAsync(scope, scope.Options.Access, token).ConfigureAwait(false);
        await CsiStatus.ExpectAsync(
            () => NodeArgumentChecks.StatsAsync(scope, place.Volume.VolumeId, place.Target + "-elsewhere", token, place.Staging), StatusCode.NotFound).ConfigureAwait(false);
    }

    private static async Task ExpandAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(NodeCall.ExpandVolume);
        scope.Session.Require(ControllerCall.ExpandVolume);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);

        // Grown before it is published, which every driver can; what is online is seen by the checks of metadata.
        await VolumeChecks.ExpandAsync(scope, volume.VolumeId, scope.Options.LengthAfterExpansion, token).ConfigureAwait(false);
        CsiPlace place = await scope.BringAsync(volume, scope.Options.Access, token).ConfigureAwait(false);
        await NodeArgumentChecks.ExpandAsync(scope, volume.VolumeId, place.Target, token, place.Staging, place.Capability).ConfigureAwait(false);
        long length = 0;
        if (scope.Options.Access == CsiAccess.Block)
        {
            FileBlockReader device = FileBlockReader.Open(place.Target);
            await using (device.ConfigureAwait(false))
            {
                length = device.Length;
            }
        }
        else if (scope.Session.Has(NodeCall.GetVolumeStats))
        {
            NodeGetVolumeStatsResponse stats = await NodeArgumentChecks.StatsAsync(scope, volume.VolumeId, place.Target, token, place.Staging).ConfigureAwait(false);
            length = stats.Usage.FirstOrDefault(usage => usage.Unit == VolumeUsage.Types.Unit.Bytes)?.Total ?? 0;
        }
        else
        {
            return;
        }

        // A file system needs some of it for itself.
        long least = scope.Options.VolumeLength + ((scope.Options.LengthAfterExpansion - scope.Options.VolumeLength) / 4);
        Verdicts.Require(length >= least, $"It was expanded from {scope.Options.VolumeLength} to {scope.Options.LengthAfterExpansion} bytes; {length} are usable.");
    }

    private static async Task CycleAsync(CsiScope scope, int count, CancellationToken token)
    {
        scope.Session.RequireNode();
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        CsiPlace place = scope.NewPlace(volume, scope.Options.Access);
        (string Step, Func<Task> RunAsync)[] steps =
        [
            ("ControllerPublishVolume", () => scope.AttachAsync(place, token)),
            ("NodeStageVolume", () => scope.StageAsync(place, token)),
            ("NodePublishVolume", () => scope.PublishAsync(place, token)),
            ("NodeUnpublishVolume", () => scope.UnpublishAsync(volume.VolumeId, place.Target, token)),
            ("NodeUnstageVolume", () => scope.UnstageAsync(place, token)),
            ("ControllerUnpublishVolume", () => scope.DetachAsync(place, token)),
        ];
        foreach ((string step, Func<Task> runAsync) in steps)
        {
            for (int i = 1; i <= count; i++)
            {
                try
                {
                    await runAsync().ConfigureAwait(false);
                }
                catch (RpcException failure)
                {
                    throw new CheckFailedException($"{step}, time {i}, ended with {CsiStatus.Describe(failure)}.");
                }
            }
        }

        Verdicts.Require(!CsiScope.Exists(place.Target), $"{place.Target} is still there after unpublishing.");
    }

    private static async Task KeptAsync(CsiScope scope, CsiAccess access, CancellationToken token)
    {
        CsiPlace place = await NewPublishedAsync(scope, access, token).ConfigureAwait(false);
        byte[] content = await WriteAsync(place, access, token).ConfigureAwait(false);
        await scope.TakeAwayAsync(place, token).ConfigureAwait(false);
        CsiPlace again = await scope.BringAsync(place.Volume, access, token).ConfigureAwait(false);
        await RequireContentAsync(again, access, content, token).ConfigureAwait(false);
    }

    private static async Task SnapshotAsync(CsiScope scope, CsiAccess access, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        CsiPlace place = await NewPublishedAsync(scope, access, token).ConfigureAwait(false);
        byte[] content = await WriteAsync(place, access, token).ConfigureAwait(false);
        Snapshot snapshot = await scope.NewSnapshotAsync(place.Volume.VolumeId, token).ConfigureAwait(false);
        await WriteAsync(place, access, token).ConfigureAwait(false);
        Volume restored = await scope.RestoreAsync(snapshot.SnapshotId, access, token).ConfigureAwait(false);
        CsiPlace copy = await scope.BringAsync(restored, access, token).ConfigureAwait(false);
        await RequireContentAsync(copy, access, content, token).ConfigureAwait(false);
    }

    private static async Task CloneAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CloneVolume);
        CsiAccess access = scope.Options.Access;
        CsiPlace place = await NewPublishedAsync(scope, access, token).ConfigureAwait(false);
        byte[] content = await WriteAsync(place, access, token).ConfigureAwait(false);
        CreateVolumeRequest request = scope.VolumeRequest(access);
        request.VolumeContentSource = new VolumeContentSource { Volume = new VolumeContentSource.Types.VolumeSource { VolumeId = place.Volume.VolumeId } };
        Volume clone = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
        await WriteAsync(place, access, token).ConfigureAwait(false);
        CsiPlace copy = await scope.BringAsync(clone, access, token).ConfigureAwait(false);
        await RequireContentAsync(copy, access, content, token).ConfigureAwait(false);
    }

    private static async Task<CsiPlace> NewPublishedAsync(CsiScope scope, CsiAccess access, CancellationToken token)
    {
        scope.Session.RequireNode();
        Volume volume = await scope.NewVolumeAsync(token, access).ConfigureAwait(false);
        return await scope.BringAsync(volume, access, token).ConfigureAwait(false);
    }

    // Written through to the volume: what only the page cache of a mount holds is not the driver's to keep.
    private static async Task<byte[]> WriteAsync(CsiPlace place, CsiAccess access, CancellationToken token)
    {
        byte[] content = RandomNumberGenerator.GetBytes(ContentLength);
        if (access == CsiAccess.Block)
        {
            FileBlockWriter device = FileBlockWriter.OpenExisting(place.Target);
            await using (device.ConfigureAwait(false))
            {
                await device.WriteAsync(ContentLength, content, token).ConfigureAwait(false);
                await device.CompleteAsync(token).ConfigureAwait(false);
            }
        }
        else
        {
            FileStream file = new(Path.Combine(place.Target, FileName), new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write });
            await using (file.ConfigureAwait(false))
            {
                await file.WriteAsync(content, token).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }
        }

        return content;
    }

    private static async Task RequireContentAsync(CsiPlace place, CsiAccess access, byte[] content, CancellationToken token)
    {
        string path = access == CsiAccess.Block ? place.Target : Path.Combine(place.Target, FileName);
        Verdicts.Require(CsiScope.Exists(path), "What was written is not there.");
        FileBlockReader reader = FileBlockReader.Open(path);
        await using (reader.ConfigureAwait(false))
        {
            byte[] found = new byte[ContentLength];
            int read = await reader.ReadAsync(access == CsiAccess.Block ? ContentLength : 0, found, token).ConfigureAwait(false);
            Verdicts.Require(read == content.Length, $"{read} of {content.Length} bytes are there.");
            int same = content.AsSpan().CommonPrefixLength(found);
            Verdicts.Require(same == content.Length, $"It differs from byte {same} on.");
        }
    }
}
