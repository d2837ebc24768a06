using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;
using ServiceKind = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Testing;

/// <summary>What the controller says of itself, and lists of volumes.</summary>
internal static class ControllerChecks
{
    private const int PageSize = 2;
    private const int MaxPages = 100_000;

    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        new("csi.controller.capabilities", "The capabilities of the controller MUST be given, the same at every call.", CapabilitiesAsync),
        new("csi.controller.capacity", "The capacity MUST NOT be negative, nor the largest volume smaller than the smallest.", CapacityAsync),
        new("csi.controller.volumes.entries", "Every listed volume MUST have an id, and none may be listed twice.", EntriesAsync),
        new("csi.controller.volumes.bad-token", "A starting token that the driver did not give MUST be refused with ABORTED.", BadTokenAsync),
        new("csi.controller.volumes.current", "A volume MUST be listed once it was made, and not any more once it was removed.", CurrentAsync),
        new("csi.controller.volumes.pages", "Pages MUST hold at most as many entries as asked for and together list every volume once.", PagesAsync),
        new("csi.controller.volumes.changing", "Pages MUST end, each with OK or ABORTED, while volumes are made and removed.", ChangingAsync),
    ];

    /// <summary>Reads a list to its end.</summary>
    public static async Task<List<Volume>> ListAsync(CsiScope scope, int pageSize, CancellationToken token)
    {
        List<Volume> volumes = [];
        string next = "";
        for (int page = 0; ; page++)
        {
            Verdicts.Require(page < MaxPages, $"The list did not end after {MaxPages} pages.");
            ListVolumesResponse answer = await PageAsync(scope, pageSize, next, token).ConfigureAwait(false);
            volumes.AddRange(answer.Entries.Select(entry => entry.Volume));
            if (answer.NextToken.Length == 0)
            {
                return volumes;
            }

            Verdicts.Require(answer.NextToken != next, $"A page gave the token '{next}' that it was asked with.");
            next = answer.NextToken;
        }
    }

    private static async Task CapabilitiesAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ServiceKind.ControllerService);
        string first = await ListAsync().ConfigureAwait(false);
        string second = await ListAsync().ConfigureAwait(false);
        Verdicts.Require(first == second, $"First {first}, then {second}.");

        async Task<string> ListAsync()
        {
            ControllerGetCapabilitiesResponse answer =
                await scope.Session.Controller.ControllerGetCapabilitiesAsync(new ControllerGetCapabilitiesRequest(), scope.Call(token)).ConfigureAwait(false);
            Verdicts.Require(
                !answer.Capabilities.Any(one => one.Rpc is { Type: ControllerCall.Unknown }), "A capability of the kind UNKNOWN is announced, which says nothing.");
            return string.Join(", ", answer.Capabilities.Select(one => one.ToString()).Order(StringComparer.Ordinal));
        }
    }

    private static async Task CapacityAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.GetCapacity);
        GetCapacityResponse answer = await scope.Session.Controller.GetCapacityAsync(new GetCapacityRequest(), scope.Call(token)).ConfigureAwait(false);
        Verdicts.Require(answer.AvailableCapacity >= 0, $"{answer.AvailableCapacity} bytes are available.");
        Verdicts.Require(
            answer.MaximumVolumeSize is null || answer.MinimumVolumeSize is null || answer.MaximumVolumeSize >= answer.MinimumVolumeSize,
            $"The largest volume has {answer.MaximumVolumeSize} bytes, the smallest {answer.MinimumVolumeSize}.");
    }

    private static async Task EntriesAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListVolumes);
        if (scope.Session.Has(ControllerCall.CreateDeleteVolume))
        {
            await scope.NewVolumeAsync(token).ConfigureAwait(false);
        }

        RequireEntries(await ListAsync(scope, 0, token).ConfigureAwait(false));
    }

    private static async Task BadTokenAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListVolumes);
        await CsiStatus.ExpectAsync(() => PageAsync(scope, 0, "no-token-of-this-driver", token), StatusCode.Aborted).ConfigureAwait(false);
    }

    private static async Task CurrentAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListVolumes);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        Verdicts.Require(await IsListedAsync().ConfigureAwait(false), $"Volume {volume.VolumeId} was made and is not listed.");
        await scope.DeleteVolumeAsync(volume.VolumeId, token).ConfigureAwait(false);
        Verdicts.Require(!await IsListedAsync().ConfigureAwait(false), $"Volume {volume.VolumeId} was removed and is still listed.");

        async Task<bool> IsListedAsync() => (await ListAsync(scope, 0, token).ConfigureAwait(false)).Any(one => one?.VolumeId == volume.VolumeId);
    }

    private static async Task PagesAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListVolumes);
        List<string> made = [];
        for (int i = 0; i < (2 * PageSize) + 1; i++)
        {
            made.Add((await scope.NewVolumeAsync(token).ConfigureAwait(false)).VolumeId);
        }

        List<Volume> listed = await ListAsync(scope, PageSize, token).ConfigureAwait(false);
        RequireEntries(listed);
        string[] missing = [.. made.Except(listed.Select(one => one.VolumeId))];
        Verdicts.Require(missing.Length == 0, $"Not in any page: {string.Join(", ", missing)}.");
    }

    private static async Task ChangingAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ListVolumes);
        for (int i = 0; i <= PageSize; i++)
        {
            await scope.NewVolumeAsync(token).ConfigureAwait(false);
        }

        string next = "";
        for (int page = 0; ; page++)
        {
            Verdicts.Require(page < MaxPages, $"The list did not end after {MaxPages} pages.");
            ListVolumesResponse answer;
            try
            {
                answer = await PageAsync(scope, PageSize, next, token).ConfigureAwait(false);
            }
            catch (RpcException failure)
            {
                Verdicts.Require(failure.StatusCode == StatusCode.Aborted && next.Length > 0, $"Page {page + 1} ended with {CsiStatus.Describe(failure)}.");
                return;
            }

            Verdicts.Require(answer.Entries.All(entry => entry.Volume is { VolumeId.Length: > 0 }), "A volume is listed without an id.");
            if (answer.NextToken.Length == 0)
            {
                return;
            }

            // Only the first pages are disturbed, so that the list can end; on a platform with many volumes that is soon enough.
            next = answer.NextToken;
            if (page <= PageSize)
            {
                Volume added = await scope.NewVolumeAsync(token).ConfigureAwait(false);
                await scope.NewVolumeAsync(token).ConfigureAwait(false);
                await scope.DeleteVolumeAsync(added.VolumeId, token).ConfigureAwait(false);
            }
        }
    }

    private static async Task<ListVolumesResponse> PageAsync(CsiScope scope, int pageSize, string start, CancellationToken token)
    {
        ListVolumesRequest request = new() { MaxEntries = pageSize, StartingToken = start };
        ListVolumesResponse answer = await scope.Session.Controller.ListVolumesAsync(request, scope.Call(token)).ConfigureAwait(false);
        Verdicts.Require(pageSize == 0 || answer.Entries.Count <= pageSize, $"A page of at most {pageSize} entries holds {answer.Entries.Count}.");
        return answer;
    }

    private static void RequireEntries(List<Volume> volumes)
    {
        Verdicts.Require(volumes.All(one => one is { VolumeId.Length: > 0 }), "A volume is listed without an id.");
        string[] repeated = [.. volumes.GroupBy(one => one.VolumeId).Where(group => group.Count() > 1).Select(group => group.Key)];
        Verdicts.Require(repeated.Length == 0, $"Listed more than once: {string.Join(", ", repeated)}.");
    }
}
