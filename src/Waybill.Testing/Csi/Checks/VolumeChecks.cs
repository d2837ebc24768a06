using Grpc.Core;
using Waybill.Csi.Wire;
using ControllerCall = Waybill.Csi.Wire.ControllerServiceCapability.Types.RPC.Types.Type;

namespace Waybill.Testing;

/// <summary>Volumes are removed, looked at, expanded and modified.</summary>
internal static class VolumeChecks
{
    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        Refusal("csi.controller.delete.no-id", "Removing a volume without an id MUST be refused with INVALID_ARGUMENT.", ControllerCall.CreateDeleteVolume, (scope, token) => scope.DeleteVolumeAsync("", token)),
        new("csi.controller.delete.unknown", "Removing a volume that does not exist MUST succeed.", DeleteUnknownAsync),
        new("csi.controller.delete.works", "A volume that was removed MUST be gone, and removing it again MUST succeed.", DeleteAsync),
        new("csi.controller.delete.concurrent", "Removing a volume several times at once MUST remove it; a call may end with ABORTED.", DeleteConcurrentAsync),
        new("csi.controller.delete.with-snapshot", "A volume that has a snapshot MUST be kept with FAILED_PRECONDITION, or go and leave the snapshot.", DeleteWithSnapshotAsync),
        new("csi.controller.validate.no-id", "Validating without an id MUST be refused with INVALID_ARGUMENT.", (scope, token) => ValidateRefusedAsync(scope, "", true, StatusCode.InvalidArgument, token)),
        new("csi.controller.validate.no-capabilities", "Validating without capabilities MUST be refused with INVALID_ARGUMENT.", ValidateNothingAsync),
        new("csi.controller.validate.works", "What a volume was made with MUST be validated, and a confirmation MUST name the capabilities.", ValidateAsync),
        new(
            "csi.controller.validate.unknown",
            "Validating a volume that does not exist MUST be refused with NOT_FOUND.",
            (scope, token) => ValidateRefusedAsync(scope, scope.NewUnknownId(), true, StatusCode.NotFound, token)),
        new("csi.controller.get-volume.works", "A volume MUST be got as it was made.", GetAsync),
        new("csi.controller.get-volume.unknown", "Getting a volume that does not exist MUST be refused with NOT_FOUND.", GetUnknownAsync),
        Refusal("csi.controller.expand.no-id", "Expanding without an id MUST be refused with INVALID_ARGUMENT.", ControllerCall.ExpandVolume, (scope, token) => ExpandAsync(scope, "", scope.Options.LengthAfterExpansion, token)),
        new("csi.controller.expand.no-range", "Expanding without a capacity range MUST be refused with INVALID_ARGUMENT.", ExpandNoRangeAsync),
        new("csi.controller.expand.unknown", "Expanding a volume that does not exist MUST be refused with NOT_FOUND.", ExpandUnknownAsync),
        new("csi.controller.expand.works", "A volume MUST be expanded to at least the size asked for, and the same request again MUST succeed.", ExpandAsync),
        new("csi.controller.expand.smaller", "A volume that is larger than asked for MUST NOT become smaller.", ExpandSmallerAsync),
        Refusal("csi.controller.modify.no-id", "Modifying without an id MUST be refused with INVALID_ARGUMENT.", ControllerCall.ModifyVolume, (scope, token) => ModifyAsync(scope, "", scope.Options.MutableParameters, token)),
        new("csi.controller.modify.unknown", "Modifying a volume that does not exist MUST be refused with NOT_FOUND.", ModifyUnknownAsync),
        new(
            "csi.controller.modify.unknown-parameters",
            "Parameters that the driver does not know MUST be refused with INVALID_ARGUMENT.",
            (scope, token) => ModifyNewAsync(scope, withClass: false, CreateVolumeChecks.UnknownParameters, token)),
        new(
            "csi.controller.modify.works",
            "A volume made without parameters that can be changed MUST be modified.",
            (scope, token) => ModifyNewAsync(scope, withClass: false, null, token)),
        new("csi.controller.modify.again", "A volume made with parameters that can be changed MUST be modified.", (scope, token) => ModifyNewAsync(scope, withClass: true, null, token)),
        new(
            "csi.controller.modify.again-unknown-parameters",
            "Parameters that the driver does not know MUST be refused with INVALID_ARGUMENT for a volume made with ones it knows.",
            (scope, token) => ModifyNewAsync(scope, withClass: true, CreateVolumeChecks.UnknownParameters, token)),
    ];

    /// <summary>Asks whether a volume can be used as it was made.</summary>
    public static async Task<ValidateVolumeCapabilitiesResponse> ValidateAsync(
        CsiScope scope, string id, Volume? volume, bool withCapability, CancellationToken token)
    {
        ValidateVolumeCapabilitiesRequest request = new() { VolumeId = id };
        if (volume is not null)
        {
            request.VolumeContext.Add(volume.VolumeContext);
        }

        if (withCapability)
        {
            request.VolumeCapabilities.Add(CsiScope.Capability(scope.Options.Access));
        }

        request.Parameters.Add(scope.Options.VolumeParameters);
        request.Secrets.Add(scope.Options.Secrets);
        return await scope.Session.Controller.ValidateVolumeCapabilitiesAsync(request, scope.Call(token)).ConfigureAwait(false);
    }

    /// <summary>Fails unless a volume is gone.</summary>
    public static Task RequireGoneAsync(CsiScope scope, string volume, CancellationToken token) =>
        CsiStatus.ExpectAsync(() => ValidateAsync(scope, volume, null, true, token), StatusCode.NotFound);

    /// <summary>Expands a volume.</summary>
    public static async Task<ControllerExpandVolumeResponse> ExpandAsync(CsiScope scope, string volume, long? length, CancellationToken token, CsiAccess? access = null)
    {
        ControllerExpandVolumeRequest request = new() { VolumeId = volume, VolumeCapability = CsiScope.Capability(access ?? scope.Options.Access) };
        if (length is { } required)
        {
            request.CapacityRange = new CapacityRange { RequiredBytes = required };
        }

        request.Secrets.Add(scope.Options.Secrets);
        return await scope.Session.Controller.ControllerExpandVolumeAsync(request, scope.Call(token)).ConfigureAwait(false);
    }

    private static CsiCheck Refusal(string id, string text, ControllerCall requires, Func<CsiScope, CancellationToken, Task> call) =>
        CsiCheck.Refusal(id, text, StatusCode.InvalidArgument, scope => scope.Session.Require(requires), call);

    private static async Task DeleteUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        await scope.DeleteVolumeAsync(scope.NewUnknownId(), token).ConfigureAwait(false);
    }

    private static async Task DeleteAsync(CsiScope scope, CancellationToken token)
    {
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        await scope.DeleteVolumeAsync(volume.VolumeId, token).ConfigureAwait(false);
        await RequireGoneAsync(scope, volume.VolumeId, token).ConfigureAwait(false);
        await scope.DeleteVolumeAsync(volume.VolumeId, token).ConfigureAwait(false);
    }

    private static async Task DeleteConcurrentAsync(CsiScope scope, CancellationToken token)
    {
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        await Task.WhenAll(Enumerable.Range(0, scope.Options.Concurrency).Select(_ => AtOnce.TryAsync(DeleteAsync))).ConfigureAwait(false);
        await AtOnce.FinallyAsync(scope, DeleteAsync, token).ConfigureAwait(false);
        await RequireGoneAsync(scope, volume.VolumeId, token).ConfigureAwait(false);

        async Task<string> DeleteAsync()
        {
            await scope.DeleteVolumeAsync(volume.VolumeId, token).ConfigureAwait(false);
            return volume.VolumeId;
        }
    }

    private static async Task DeleteWithSnapshotAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteSnapshot);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        Snapshot snapshot = await scope.NewSnapshotAsync(volume.VolumeId, token).ConfigureAwait(false);
        try
        {
            await scope.DeleteVolumeAsync(volume.VolumeId, token).ConfigureAwait(false);
        }
        catch (RpcException kept)
        {
            Verdicts.Require(kept.StatusCode == StatusCode.FailedPrecondition, $"It was kept with {CsiStatus.Describe(kept)}.");
            await ValidateAsync(scope, volume.VolumeId, volume, true, token).ConfigureAwait(false);
            return;
        }

        await scope.RestoreAsync(snapshot.SnapshotId, scope.Options.Access, token).ConfigureAwait(false);
    }

    private static async Task ValidateRefusedAsync(CsiScope scope, string id, bool withCapability, StatusCode code, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.CreateDeleteVolume);
        await CsiStatus.ExpectAsync(() => ValidateAsync(scope, id, null, withCapability, token), code).ConfigureAwait(false);
    }

    private static async Task ValidateNothingAsync(CsiScope scope, CancellationToken token)
    {
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        await ValidateRefusedAsync(scope, volume.VolumeId, false, StatusCode.InvalidArgument, token).ConfigureAwait(false);
    }

    private static async Task ValidateAsync(CsiScope scope, CancellationToken token)
    {
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        ValidateVolumeCapabilitiesResponse answer = await ValidateAsync(scope, volume.VolumeId, volume, true, token).ConfigureAwait(false);
        Verdicts.Require(answer.Confirmed is not null, $"It was not confirmed: {answer.Message}");
        Verdicts.Require(answer.Confirmed.VolumeCapabilities.Count > 0, "The confirmation names no capability.");
    }

    private static async Task GetAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.GetVolume);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        ControllerGetVolumeResponse answer =
            await scope.Session.Controller.ControllerGetVolumeAsync(new() { VolumeId = volume.VolumeId }, scope.Call(token)).ConfigureAwait(false);
        Verdicts.Require(
            answer.Volume?.VolumeId == volume.VolumeId && answer.Volume.CapacityBytes == volume.CapacityBytes, $"{volume} was made, {answer.Volume?.ToString() ?? "nothing"} was got.");
    }

    private static async Task GetUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.GetVolume);
        await CsiStatus.ExpectAsync(
            async () => await scope.Session.Controller.ControllerGetVolumeAsync(new() { VolumeId = scope.NewUnknownId() }, scope.Call(token)).ConfigureAwait(false),
            StatusCode.NotFound).ConfigureAwait(false);
    }

    private static async Task ExpandNoRangeAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ExpandVolume);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        await CsiStatus.ExpectAsync(() => ExpandAsync(scope, volume.VolumeId, null, token), StatusCode.InvalidArgument).ConfigureAwait(false);
    }

    private static async Task ExpandUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ExpandVolume);
        await CsiStatus.ExpectAsync(() => ExpandAsync(scope, scope.NewUnknownId(), scope.Options.LengthAfterExpansion, token), StatusCode.NotFound).ConfigureAwait(false);
    }

    private static async Task ExpandAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ExpandVolume);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        for (int i = 0; i < 2; i++)
        {
            ControllerExpandVolumeResponse answer = await ExpandAsync(scope, volume.VolumeId, scope.Options.LengthAfterExpansion, token).ConfigureAwait(false);
            Verdicts.Require(
                answer.CapacityBytes >= scope.Options.LengthAfterExpansion, $"{scope.Options.LengthAfterExpansion} bytes were asked for, the volume has {answer.CapacityBytes}.");
        }
    }

    private static async Task ExpandSmallerAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ExpandVolume);
        Volume volume = await scope.NewVolumeAsync(token).ConfigureAwait(false);
        ControllerExpandVolumeResponse large = await ExpandAsync(scope, volume.VolumeId, scope.Options.LengthAfterExpansion, token).ConfigureAwait(false);
        ControllerExpandVolumeResponse answer = await ExpandAsync(scope, volume.VolumeId, scope.Options.VolumeLength, token).ConfigureAwait(false);
        Verdicts.Require(answer.CapacityBytes >= large.CapacityBytes, $"The volume had {large.CapacityBytes} bytes and has {answer.CapacityBytes}.");
    }

    private static async Task ModifyAsync(CsiScope scope, string volume, IDictionary<string, string> parameters, CancellationToken token)
    {
        ControllerModifyVolumeRequest request = new() { VolumeId = volume };
        request.MutableParameters.Add(parameters);
        request.Secrets.Add(scope.Options.Secrets);
        await scope.Session.Controller.ControllerModifyVolumeAsync(request, scope.Call(token)).ConfigureAwait(false);
    }

    private static async Task ModifyUnknownAsync(CsiScope scope, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ModifyVolume);
        await CsiStatus.ExpectAsync(() => ModifyAsync(scope, scope.NewUnknownId(), scope.Options.MutableParameters, token), StatusCode.NotFound).ConfigureAwait(false);
    }

    private static async Task ModifyNewAsync(CsiScope scope, bool withClass, IDictionary<string, string>? refused, CancellationToken token)
    {
        scope.Session.Require(ControllerCall.ModifyVolume);
        CsiSession.Require(!scope.Options.MutableParameters.IsEmpty || (!withClass && refused is not null), "No parameters were given that can be changed.");
        CreateVolumeRequest request = scope.VolumeRequest();
        if (withClass)
        {
            request.MutableParameters.Add(scope.Options.MutableParameters);
        }

        Volume volume = await scope.CreateVolumeAsync(request, token).ConfigureAwait(false);
        if (refused is null)
        {
            await ModifyAsync(scope, volume.VolumeId, scope.Options.MutableParameters, token).ConfigureAwait(false);
        }
        else
        {
            await CsiStatus.ExpectAsync(() => ModifyAsync(scope, volume.VolumeId, refused, token), StatusCode.InvalidArgument).ConfigureAwait(false);
        }
    }
}
