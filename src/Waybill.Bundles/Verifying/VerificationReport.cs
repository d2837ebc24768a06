using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>What a verification found. A report without a problem and with <see cref="IsComplete"/> is the only good one.</summary>
public sealed record VerificationReport
{
    /// <summary>Gets the name of the bundle that was checked.</summary>
    public required string Name { get; init; }

    /// <summary>Gets whether the bundle has a trailer that agrees with everything before it.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Gets the first thing found wrong; <see langword="null"/> if nothing was. Nothing behind it was checked: <see cref="BundleSalvager"/> finds all damage.</summary>
    public WaybillException? Problem { get; init; }

    /// <summary>Gets what the signatures amount to under the policy; <see langword="null"/> if the end of the bundle was not reached, and for parents.</summary>
    public SignatureReport? Signatures { get; init; }

    /// <summary>Gets what the bundle says of itself, if the manifest was reached.</summary>
    public BundleManifest? Manifest { get; init; }

    /// <summary>Gets how many records were read.</summary>
    public long Records { get; init; }

    /// <summary>Gets how many cells were decoded and compared with their digests.</summary>
    public long Cells { get; init; }

    /// <summary>Gets how many bytes of content were decoded and compared with their digests.</summary>
    public long ContentBytes { get; init; }

    /// <summary>Gets how many bytes of bundle were read.</summary>
    public long BundleBytes { get; init; }

    /// <summary>Gets the reports on the bundles this one builds on, newest first; empty if they were not checked.</summary>
    public ImmutableArray<VerificationReport> Parents { get; init; } = [];

    /// <summary>Gets whether inherited content was available and checked, so that the whole recovery point is proved.</summary>
    public bool ParentsChecked { get; init; }

    internal Signing.StorageFacts? Stored { get; init; }

    /// <summary>Gets whether everything that was checked is as it must be.</summary>
    public bool IsValid => IsComplete && Problem is null && Parents.All(p => p.IsValid);
}
