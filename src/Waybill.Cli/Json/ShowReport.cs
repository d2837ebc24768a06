namespace Waybill.Cli.Json;

/// <summary>What <c>bundle show --json</c> prints.</summary>
internal sealed record ShowReport
{
    public string Schema { get; init; } = "waybill.bundle.show.v1";

    /// <summary>Gets the bundle as it was named on the command line.</summary>
    public required string File { get; init; }

    /// <summary>Gets the size of the bundle; null if it came through a pipe.</summary>
    public required long? FileBytes { get; init; }

    /// <summary>Gets whether the bundle has its trailer and the manifest it names.</summary>
    public bool Complete { get; init; }

    /// <summary>Gets why the bundle is not complete.</summary>
    public ProblemJson? Problem { get; init; }

    /// <summary>Gets what the bundle says of itself; if it is not complete, what its beginning says: no streams, no consistency.</summary>
    /// <value>Null if the bundle is encrypted and no key fits.</value>
    public BundleJson? Bundle { get; init; }

    public ResourceJson[] Resources { get; init; } = [];

    /// <summary>Gets the identity of the bundle, which is in the clear; null if its beginning is damaged.</summary>
    public string? Id { get; init; }

    /// <summary>Gets the names of the features that it uses.</summary>
    public string[] Features { get; init; } = [];

    /// <summary>Gets for whom it is encrypted; null if it is not.</summary>
    public EncryptionJson? Encryption { get; init; }

    /// <summary>Gets the signatures in the bundle. Nothing of them was checked.</summary>
    public ClaimedSignatureJson[] Signatures { get; init; } = [];
}
