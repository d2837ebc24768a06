using System.Collections.Immutable;

namespace Waybill.Bundles.Signing;

/// <summary>Judges all statements of a bundle by a policy (S-02 to S-04).</summary>
/// <remarks>
/// Anybody can strip statements and add others. So an added one never makes a result better unless a trusted key made it, and none makes worse what
/// enough trusted keys state: a result that stripping would improve protects nobody.
/// </remarks>
internal static class SignatureEvaluation
{
    /// <summary>Judges the statements.</summary>
    /// <param name="policy">What is demanded, and who is trusted.</param>
    /// <param name="bundle">What was read from the bundle and checked there.</param>
    /// <param name="statements">Those in the bundle and those beside it, in any order.</param>
    public static SignatureReport Evaluate(TrustPolicy policy, BundleFacts bundle, IReadOnlyList<SignedStatement> statements)
    {
        var judge = new SignatureJudge(policy);
        var content = new Tally(policy.Threshold);
        var storage = new Tally(policy.Threshold);
        ImmutableArray<SignatureDetails>.Builder details = ImmutableArray.CreateBuilder<SignatureDetails>();
        foreach (SignedStatement statement in statements)
        {
            switch (statement.Kind)
            {
                case StatementKinds.Content:
                    Judge(judge, statement, Statements.FindContentProblem(statement.Payload.Span, bundle), isCompared: true, content, details);
                    break;
                case StatementKinds.Storage:
                    Judge(judge, statement, Statements.FindStorageProblem(statement.Payload.Span, bundle), bundle.Storage is not null, storage, details);
                    break;
                default:
                    details.AddRange(statement.Signatures.Select(s => Unknown(s)));
                    break;
            }
        }

        SignatureOutcome? storageOutcome = storage.Outcome();
        var report = new SignatureReport
        {
            Content = content.Outcome()!.Value,
            Storage = storageOutcome,
            Outcome = Worst(
                policy.Statements.HasFlag(StatementKinds.Content) ? content.Outcome()!.Value : SignatureOutcome.Valid,
                policy.Statements.HasFlag(StatementKinds.Storage) ? storageOutcome ?? SignatureOutcome.Unsigned : SignatureOutcome.Valid),
            Signatures = details.ToImmutable(),
        };
        return report with { Problem = FindProblem(policy, report, content, storage) };
    }

    private static void Judge(
        SignatureJudge judge, SignedStatement statement, string? misfit, bool isCompared, Tally tally, ImmutableArray<SignatureDetails>.Builder details)
    {
        tally.AddStatement(misfit, isCompared);
        byte[] data = Dsse.PreAuthenticationEncoding(statement.PayloadType, statement.Payload.Span);
        foreach (StatementSignature signature in statement.Signatures)
        {
            SignatureJudge.Verdict verdict = judge.Judge(data, signature);
            SignatureOutcome? outcome = (misfit, verdict) switch
            {
                (not null, _) or (_, { IsBroken: true }) => SignatureOutcome.Invalid,
                (_, { Signer: null }) => SignatureOutcome.Untrusted,
                _ => isCompared ? SignatureOutcome.Valid : null,
            };
            tally.AddSignature(outcome, verdict);
            details.Add(Describe(statement.Kind, signature) with
            {
                Outcome = outcome,
                KeyId = verdict.Signer?.KeyId ?? Hint(signature.KeyId),
                Algorithm = verdict.Signer?.Algorithm ?? AlgorithmNames.Find(signature.Algorithm),
                CertificateSubject = verdict.Subject,
                SigningTime = verdict.Time is { } time ? Timestamp.From(time) : null,
                Problem = misfit ?? verdict.Problem,
            });
        }
    }

    private static SignatureDetails Unknown(StatementSignature signature) => Describe(StatementKinds.None, signature) with
    {
        Problem = "The statement is of a type that this version does not know",
    };

    private static SignatureDetails Describe(StatementKinds kind, StatementSignature signature) => new()
    {
        Statement = kind,
        Outcome = SignatureOutcome.Untrusted,
        KeyId = Hint(signature.KeyId),
        Algorithm = AlgorithmNames.Find(signature.Algorithm),
    };

    private static string Hint(ReadOnlyMemory<byte> keyId) => Convert.ToHexStringLower(keyId.Span[..Math.Min(keyId.Length, 32)]);

    // Invalid says most and Unsigned is said only of what nobody signed, so the order is not that of the numbers.
    private static SignatureOutcome Worst(SignatureOutcome a, SignatureOutcome b)
    {
        SignatureOutcome[] order = [SignatureOutcome.Invalid, SignatureOutcome.Unsigned, SignatureOutcome.Untrusted, SignatureOutcome.Valid];
        return order.First(o => o == a || o == b);
    }

    private static WaybillException? FindProblem(TrustPolicy policy, SignatureReport report, Tally content, Tally storage)
    {
        bool accepted = policy.IsSignatureRequired ? report.Outcome == SignatureOutcome.Valid : report.Outcome != SignatureOutcome.Invalid;
        if (accepted)
        {
            return null;
        }

        // Of two demanded kinds the one is named that makes the outcome.
        bool isStorage = !policy.Statements.HasFlag(StatementKinds.Content) || report.Content != report.Outcome;
        Tally tally = isStorage ? storage : content;
        string what = isStorage ? "stored bytes" : "content";
        return report.Outcome switch
        {
            SignatureOutcome.Invalid => new BundleFormatException(WaybillErrorCode.SignatureInvalid, $"A signature of the bundle's {what} is not valid: {tally.Problem}"),
            SignatureOutcome.Untrusted => new WaybillException(WaybillErrorCode.SignerUntrusted, Untrusted(policy, tally, what)),
            _ when isStorage && report.Storage is null => new WaybillException(
                WaybillErrorCode.SignatureMissing, "The signature of the bundle's stored bytes can be checked only by reading every record"),
            _ => new WaybillException(WaybillErrorCode.SignatureMissing, $"Nobody signed the bundle's {what}"),
        };
    }

    private static string Untrusted(TrustPolicy policy, Tally tally, string what) => tally.Signers == 0
        ? $"The bundle's {what} is signed, but by nobody who is trusted" + (tally.Problem is { } problem ? ": " + problem : "")
        : $"The bundle's {what} is signed by {tally.Signers} trusted keys, and {policy.Threshold} are demanded";

    /// <summary>What the statements of one kind amount to.</summary>
    private sealed class Tally(int threshold)
    {
        private readonly HashSet<TrustedKey> _signers = [];
        private bool _isInvalid;
        private bool _isSigned;
        private bool _isNotCompared;
        private string? _invalid;
        private string? _untrusted;

        /// <summary>Gets how many different trusted keys signed statements that fit.</summary>
        public int Signers => _signers.Count;

        public string? Problem => _invalid ?? _untrusted;

        public void AddStatement(string? misfit, bool isCompared)
        {
            _isInvalid |= misfit is not null;
            _invalid ??= misfit;
            _isNotCompared |= misfit is null && !isCompared;
        }

        public void AddSignature(SignatureOutcome? outcome, SignatureJudge.Verdict verdict)
        {
            _isSigned = true;
            _isInvalid |= outcome == SignatureOutcome.Invalid;
            _invalid ??= outcome == SignatureOutcome.Invalid ? verdict.Problem : null;
            _untrusted ??= outcome == SignatureOutcome.Untrusted ? verdict.Problem : null;
            if (outcome == SignatureOutcome.Valid)
            {
                _signers.Add(verdict.Signer!);
            }
        }

        /// <summary>Gives the outcome; <see langword="null"/> if a statement might fit and could not be compared.</summary>
        public SignatureOutcome? Outcome() =>
            threshold > 0 && _signers.Count >= threshold ? SignatureOutcome.Valid
            : _isInvalid ? SignatureOutcome.Invalid
            : _isNotCompared ? null
            : _isSigned ? SignatureOutcome.Untrusted
            : SignatureOutcome.Unsigned;
    }
}
