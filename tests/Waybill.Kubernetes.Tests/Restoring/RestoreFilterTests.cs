using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.Tests;

public sealed class RestoreFilterTests
{
    [Theory]
    [InlineData("backup.waybill/v1", "RecoveryPoint", "", "done")]
    [InlineData("backup.waybill/v1", "RestoreRequest", "", "done")]
    [InlineData("snapshot.storage.k8s.io/v1", "VolumeSnapshot", "", "snapshots")]
    [InlineData("groupsnapshot.storage.k8s.io/v1beta1", "VolumeGroupSnapshot", "", "snapshots")]
    [InlineData("v1", "PersistentVolume", "", "provisioned")]
    [InlineData("coordination.k8s.io/v1", "Lease", "", "gone")]
    [InlineData("v1", "Secret", ""","type":"kubernetes.io/service-account-token" """, "tokens")]
    [InlineData("events.k8s.io/v1", "Event", "", "past")]
    public void WhyNot_WhatOthersMakeOrIsOver_HasItsReason(string apiVersion, string kind, string more, string reason) =>
        Assert.Contains(reason, WhyNot(apiVersion, kind, more), StringComparison.Ordinal);

    [Theory]
    [InlineData("backup.waybill/v1", "ProtectionPolicy")]
    [InlineData("v1", "Secret")]
    [InlineData("example.com/v1", "RecoveryPoint")]
    [InlineData("v1", "PersistentVolumeClaim")]
    public void WhyNot_WhatSomebodyWanted_IsRestored(string apiVersion, string kind) => Assert.Null(WhyNot(apiVersion, kind, ""));

    private static string? WhyNot(string apiVersion, string kind, string more) => RestoreFilter.WhyNot(
        JsonNode.Parse($$$"""{"apiVersion":"{{{apiVersion}}}","kind":"{{{kind}}}","metadata":{"name":"one","namespace":"shop"}{{{more}}}}""")!.AsObject(), new HashSet<string>());
}
