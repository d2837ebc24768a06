using System.Collections.Immutable;

namespace Waybill.Bundles;

/// <summary>What the signatures of a bundle amount to under a <see cref="TrustPolicy"/> (specification section 16.1).</summary>
public sealed record SignatureReport
{
    /// <summary>Gets what the statements that the policy demands amount to together: the worst of them.</summary>
    public required SignatureOutcome Outcome { get; init; }

    /// <summary>Gets what the statements about the content amount to.</summary>
    public required SignatureOutcome Content { get; init; }

    /// <summary>Gets what the statements about the stored bytes amount to; <see langword="null"/> if there is one and not every record was read.</summary>
    /// <remarks><see cref="SignatureOutcome.Invalid"/> beside valid content means that the bundle was rewritten after signing, or changed where content does not reach.</remarks>
    public required SignatureOutcome? Storage { get; init; }

    /// <summary>Gets each signature that was looked at, in the order of the statements.</summary>
    public ImmutableArray<SignatureDetails> Signatures { get; init; } = [];

    /// <summary>Gets why the policy is not satisfied; <see langword="null"/> if it is.</summary>
    /// <value>An error of code <see cref="WaybillErrorCode.SignatureInvalid"/> (WB1705), <see cref="WaybillErrorCode.SignatureMissing"/> (WB1706) or
    /// <see cref="WaybillErrorCode.SignerUntrusted"/> (WB1707).</value>
    public WaybillException? Problem { get; init; }

    /// <summary>Gets whether the policy is satisfied.</summary>
    public bool IsAccepted => Problem is null;
}
