using Waybill.Bundles;
using Waybill.Bundles.Sealing;
using Waybill.Vectors.Sketches;

namespace Waybill.Vectors;

/// <summary>What a reader must find in a stream.</summary>
internal sealed record VectorStream(string Kind, string Name, long VirtualLength, string Root, string? Sha256);

/// <summary>Something that opens an encrypted vector: type <c>p256</c> or <c>rsa</c> with a private key in PEM, <c>psk</c> in hexadecimal, <c>passphrase</c> as text.</summary>
internal sealed record VectorKey(string Type, string Value);

/// <summary>The bundle of a vector and what must be found in it.</summary>
internal sealed record VectorBundle(byte[] Bytes)
{
    /// <summary>Gets detached statements, which lie in a file beside the bundle.</summary>
    public string? Detached { get; init; }

    public IReadOnlyList<VectorStream> Streams { get; init; } = [];

    /// <summary>Describes a finished sketch; inherited content can only be compared if its parents are at hand.</summary>
    /// <param name="sketch">The sketch.</param>
    /// <param name="parentsAtHand">Whether the parents are.</param>
    /// <param name="scopes">What the keys open; the content of other streams cannot be compared.</param>
    public static VectorBundle From(BundleSketch sketch, bool parentsAtHand = true, KeyScopes scopes = KeyScopes.All) => new(sketch.Bytes)
    {
        Streams =
        [
            .. sketch.Streams.Select(s => new VectorStream(
                VectorNames.KindName(s.Kind),
                s.Name,
                (long)s.Result.VirtualLength,
                Convert.ToHexStringLower(s.Result.StreamRoot.Span),
                (parentsAtHand || s.Header.ParentRoot.IsEmpty) && ((uint)scopes & (uint)SealScopes.Of(s.Kind)) != 0 ? s.Expected.Sha256() : null)),
        ],
    };
}

/// <summary>One test vector: a bundle, and what every reader must make of it.</summary>
internal sealed record Vector(string Folder, string Name, string About, string[] Spec, Func<VectorBundle> Make)
{
    /// <summary>Gets <c>ok</c>, or the name of the error.</summary>
    public string Expect { get; init; } = VectorNames.Ok;

    /// <summary>Gets what other readers may report instead where a bundle cannot break one rule without breaking another.</summary>
    public string[] Or { get; init; } = [];

    /// <summary>Gets the names of the vectors that are its parents, in the same folder, newest first.</summary>
    public string[] Parents { get; init; } = [];

    /// <summary>Gets what opens the bundle and its parents.</summary>
    public VectorKey[] Keys { get; init; } = [];

    /// <summary>Gets what the keys must open, no less and no more; nothing is said of it if this is not set.</summary>
    public KeyScopes Scopes { get; init; }

    /// <summary>Gets the public keys in PEM of which one must have signed; empty if no signature is demanded.</summary>
    public string[] Trust { get; init; } = [];

    /// <summary>Gets whether an encoder's choice of bytes is in it; such a vector is made once and kept.</summary>
    public bool IsEncoded { get; init; }

    public string Path => $"{Folder}/{Name}";
}
