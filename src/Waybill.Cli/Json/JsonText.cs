using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>
/// The words that stand in reports for values of enumerations. They are part of the documented schemas and never change;
/// a number that a newer writer used and this version does not know is shown as the number.
/// </summary>
internal static partial class JsonText
{
    public static string? KnownOrNull(string text) => text.Length == 0 ? null : text;

    public static string? KnownOrNull(Digest digest) => digest.IsDefault ? null : digest.ToString();

    public static string Of(StreamKind kind) => kind switch
    {
        StreamKind.BlockVolume => "block-volume",
        StreamKind.FileMeta => "file-meta",
        StreamKind.FileData => "file-data",
        StreamKind.Bytes => "bytes",
        StreamKind.Resources => "resources",
        StreamKind.Secrets => "secrets",
        _ => kind.ToString("D"),
    };

    public static string Of(ChangeKind kind) => kind switch
    {
        ChangeKind.Unspecified => "unspecified",
        ChangeKind.FullRead => "full-read",
        ChangeKind.HashCompare => "hash-compare",
        ChangeKind.ChangedRanges => "changed-ranges",
        ChangeKind.FileWalk => "file-walk",
        ChangeKind.Merged => "merged",
        _ => kind.ToString("D"),
    };

    public static string Of(ConsistencyLevel level) => level switch
    {
        ConsistencyLevel.Unknown => "unknown",
        ConsistencyLevel.None => "none",
        ConsistencyLevel.Crash => "crash",
        ConsistencyLevel.FileSystem => "filesystem",
        ConsistencyLevel.Application => "application",
        _ => level.ToString("D"),
    };

    public static string Of(TagSource source) => source switch
    {
        TagSource.Unspecified => "unspecified",
        TagSource.User => "user",
        TagSource.Label => "label",
        TagSource.Annotation => "annotation",
        TagSource.NamespaceLabel => "namespace-label",
        TagSource.VmTag => "vm-tag",
        TagSource.CloudTag => "cloud-tag",
        TagSource.Policy => "policy",
        TagSource.Derived => "derived",
        _ => source.ToString("D"),
    };

    public static string Of(TagSensitivity sensitivity) => sensitivity switch
    {
        TagSensitivity.Internal => "internal",
        TagSensitivity.Public => "public",
        TagSensitivity.Secret => "secret",
        _ => sensitivity.ToString("D"),
    };

    public static string Of(SignatureOutcome outcome) => outcome switch
    {
        SignatureOutcome.Valid => "valid",
        SignatureOutcome.Invalid => "invalid",
        SignatureOutcome.Untrusted => "untrusted",
        SignatureOutcome.Unsigned => "unsigned",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    public static string Of(StatementKinds statement) => statement switch
    {
        StatementKinds.Content => "content",
        StatementKinds.Storage => "storage",
        _ => "unknown",
    };

    public static string Of(SignatureAlgorithm algorithm) => algorithm switch
    {
        SignatureAlgorithm.EcdsaP256Sha256 => "ecdsa-p256-sha256",
        SignatureAlgorithm.EcdsaP384Sha384 => "ecdsa-p384-sha384",
        SignatureAlgorithm.RsaPssSha256 => "rsa-pss-sha256",
        SignatureAlgorithm.MlDsa65 => "ml-dsa-65",
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    public static string Of(KeyScopes scopes) => scopes switch
    {
        KeyScopes.Metadata => "metadata",
        KeyScopes.Data => "data",
        KeyScopes.All => "all",
        _ => scopes.ToString("D"),
    };

    public static string TypeOf(TagValue value) => value switch
    {
        TagValue.Text => "text",
        TagValue.Number => "number",
        TagValue.Flag => "flag",
        TagValue.Raw => "bytes",
        TagValue.Time => "time",
        TagValue.TextList => "list",
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };
}
