using Grpc.Core;

namespace Waybill.Csi.Tests.Calls;

public sealed class CallStatusTests
{
    [Theory]
    [InlineData(WaybillErrorCode.VolumeNotFound, false, "CreateVolume", StatusCode.NotFound)]
    [InlineData(WaybillErrorCode.SnapshotNotFound, true, "GetMetadataDelta", StatusCode.NotFound)]
    [InlineData(WaybillErrorCode.NodeNotFound, false, "ControllerPublishVolume", StatusCode.NotFound)]
    [InlineData(WaybillErrorCode.VolumeConflict, false, "CreateVolume", StatusCode.AlreadyExists)]
    [InlineData(WaybillErrorCode.SnapshotConflict, false, "CreateSnapshot", StatusCode.AlreadyExists)]
    [InlineData(WaybillErrorCode.NoSpace, false, "CreateVolume", StatusCode.ResourceExhausted)]
    [InlineData(WaybillErrorCode.LimitExceeded, false, "ControllerPublishVolume", StatusCode.ResourceExhausted)]
    [InlineData(WaybillErrorCode.GroupRefused, true, "CreateVolumeGroupSnapshot", StatusCode.FailedPrecondition)]
    [InlineData(WaybillErrorCode.ProviderBusy, true, "DeleteVolume", StatusCode.FailedPrecondition)]
    [InlineData(WaybillErrorCode.ProviderBusy, true, "DeleteSnapshot", StatusCode.FailedPrecondition)]
    [InlineData(WaybillErrorCode.ProviderBusy, true, "DeleteVolumeGroupSnapshot", StatusCode.FailedPrecondition)]
    [InlineData(WaybillErrorCode.ProviderBusy, true, "ControllerExpandVolume", StatusCode.FailedPrecondition)]
    [InlineData(WaybillErrorCode.ProviderBusy, true, "CreateSnapshot", StatusCode.Unavailable)]
    [InlineData(WaybillErrorCode.ProviderUnsupported, false, "CreateVolume", StatusCode.InvalidArgument)]
    [InlineData(WaybillErrorCode.ProviderUnsupported, false, "GetMetadataAllocated", StatusCode.FailedPrecondition)]
    [InlineData(WaybillErrorCode.ChangeTrackingLost, false, "GetMetadataDelta", StatusCode.FailedPrecondition)]
    [InlineData(WaybillErrorCode.ChangeListExpired, false, "GetMetadataDelta", StatusCode.Unavailable)]
    [InlineData(WaybillErrorCode.ProviderFailed, true, "ListVolumes", StatusCode.Unavailable)]
    [InlineData(WaybillErrorCode.ProviderFailed, false, "ListVolumes", StatusCode.Internal)]
    [InlineData(WaybillErrorCode.DeltaInvalid, false, "GetMetadataDelta", StatusCode.Internal)]
    public void Of_AnError_IsTheStatusOfTheSpecification(WaybillErrorCode code, bool isTransient, string method, StatusCode expected) =>
        Assert.Equal(expected, CallStatus.Of(code, isTransient, method));

    [Fact]
    public void Of_EveryError_IsAFailure() =>
        Assert.All(Enum.GetValues<WaybillErrorCode>(), code => Assert.NotEqual(StatusCode.OK, CallStatus.Of(code, isTransient: false, "CreateVolume")));
}
