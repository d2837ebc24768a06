using System.Text.RegularExpressions;
using Waybill.Bundles;

namespace Waybill.Vectors;

/// <summary>The names vectors use for outcomes and kinds of streams.</summary>
internal static partial class VectorNames
{
    public const string Ok = "ok";

    private static readonly Dictionary<string, WaybillErrorCode> s_codes = new(StringComparer.Ordinal)
    {
        ["not_a_bundle"] = WaybillErrorCode.NotABundle,
        ["unsupported_version"] = WaybillErrorCode.UnsupportedVersion,
        ["unsupported_feature"] = WaybillErrorCode.UnsupportedFeature,
        ["incomplete"] = WaybillErrorCode.Incomplete,
        ["framing_error"] = WaybillErrorCode.FramingInvalid,
        ["order_error"] = WaybillErrorCode.RecordOutOfOrder,
        ["limit_exceeded"] = WaybillErrorCode.LimitExceeded,
        ["damaged"] = WaybillErrorCode.RecordDamaged,
        ["encoding_error"] = WaybillErrorCode.EncodingInvalid,
        ["manifest_error"] = WaybillErrorCode.ManifestInvalid,
        ["digest_mismatch"] = WaybillErrorCode.DigestMismatch,
        ["leaf_error"] = WaybillErrorCode.LeavesInvalid,
        ["canonical_violation"] = WaybillErrorCode.NotCanonical,
        ["codec_error"] = WaybillErrorCode.CodecFailed,
        ["entry_error"] = WaybillErrorCode.EntryInvalid,
        ["unsafe_name"] = WaybillErrorCode.UnsafeName,
        ["parent_missing"] = WaybillErrorCode.ParentMissing,
        ["parent_mismatch"] = WaybillErrorCode.ParentMismatch,
        ["chain_error"] = WaybillErrorCode.ChainInvalid,
        ["no_matching_key"] = WaybillErrorCode.NoMatchingKey,
        ["header_not_authentic"] = WaybillErrorCode.HeaderNotAuthentic,
        ["not_authentic"] = WaybillErrorCode.RecordNotAuthentic,
        ["scope_missing"] = WaybillErrorCode.ScopeMissing,
        ["signature_invalid"] = WaybillErrorCode.SignatureInvalid,
        ["unsigned"] = WaybillErrorCode.SignatureMissing,
        ["untrusted"] = WaybillErrorCode.SignerUntrusted,
    };

    /// <summary>Gets the code of an outcome, as in <c>WB1102</c>.</summary>
    public static string CodeOf(string outcome) => $"WB{(int)s_codes[outcome]}";

    /// <summary>Gets the name of a kind of stream as the schema has it, as in <c>BLOCK_VOLUME</c>.</summary>
    public static string KindName(StreamKind kind) => WordStart().Replace(kind.ToString(), "_").ToUpperInvariant();

    public static StreamKind KindOf(string name) => Enum.Parse<StreamKind>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
