using System.Collections.Immutable;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>A statement about a bundle with its signatures, in the bundle or beside it (specification section 16.1).</summary>
/// <remarks>Reading one proves nothing; verification takes it together with a <see cref="TrustPolicy"/>.</remarks>
public sealed class SignedStatement
{
    internal SignedStatement(string payloadType, ReadOnlyMemory<byte> payload, ImmutableArray<StatementSignature> signatures)
    {
        PayloadType = payloadType;
        Payload = payload;
        Signatures = signatures;
    }

    /// <summary>Gets the media type that says what the payload means.</summary>
    public string PayloadType { get; }

    /// <summary>Gets the signed bytes.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Gets the signatures; at most 16.</summary>
    public ImmutableArray<StatementSignature> Signatures { get; }

    /// <summary>Gets what the statement speaks of; <see cref="StatementKinds.None"/> if this version does not know the type.</summary>
    public StatementKinds Kind => PayloadType switch
    {
        Statements.ContentType => StatementKinds.Content,
        Statements.StorageType => StatementKinds.Storage,
        _ => StatementKinds.None,
    };
}
