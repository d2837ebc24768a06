using System.Collections.Immutable;
using Waybill.Bundles;

namespace Waybill.Samples.Controller;

/// <summary>Where a controller keeps points, and as whom it reads data.</summary>
public sealed record ControllerOptions(string Store, string State)
{
    /// <summary>Gets the namespace whose restore requests are carried out: that of the controller.</summary>
    public string HomeNamespace { get; init; } = "waybill-system";

    /// <summary>Gets for whom bundles are encrypted. Without any, Secrets are as readable in the store as in the cluster.</summary>
    public ImmutableArray<BundleRecipient> Recipients { get; init; } = [];

    /// <summary>Gets the keys that open bundles for restores.</summary>
    public ImmutableArray<BundleKey> Keys { get; init; } = [];

    /// <summary>Gets after what time everything is looked at again, although nothing was heard of.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromMinutes(1);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
