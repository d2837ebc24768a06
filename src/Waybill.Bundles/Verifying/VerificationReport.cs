using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>What a verification found. Good is one without a problem and with <see cref="IsComplete"/>, as far as it goes: <see cref="IsContentVerified"/> says whether that is all the way.</summary>
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

    /// <summary>Gets what of the bundle was opened and checked: everything, if it is not encrypted or a full key was given. Of the rest only was checked how it is stored.</summary>
    public KeyScopes Scopes { get; init; }

    /// <summary>Gets the streams whose content nobody looked at, because no key given opens it; empty if <see cref="Scopes"/> is <see cref="KeyScopes.None"/>, when none is known.</summary>
    /// <remarks>
    /// Of them was checked that the records are undamaged and stand where they may, and that manifest, layout and index agree. Whether the records open, hold what they should
    /// or were exchanged for others, only a key with more scopes tells.
    /// </remarks>
    public ImmutableArray<StreamInfo> UncheckedStreams { get; init; } = [];

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

    /// <summary>Gets whether everything is as it must be and the content of every stream was opened and checked, in the parents too if they were.</summary>
    public bool IsContentVerified => IsValid && IsOpened && Parents.All(p => p.IsOpened);

    private bool IsOpened => Scopes != KeyScopes.None && UncheckedStreams.IsEmpty;
}
