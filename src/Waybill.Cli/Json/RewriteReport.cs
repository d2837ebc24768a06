namespace Waybill.Cli.Json;

/// <summary>What <c>bundle rewrap --json</c>, <c>bundle reencrypt --json</c> and <c>bundle sign --json</c> print.</summary>
internal sealed record RewriteReport
{
    public required string Schema { get; init; }

    /// <summary>Gets the bundle that was read, as it was named on the command line.</summary>
    public required string Source { get; init; }

    /// <summary>Gets the file that was written: a bundle, or signatures beside one.</summary>
    public required string File { get; init; }

    public required long FileBytes { get; init; }

    /// <summary>Gets the identity of the bundle; a copy keeps it.</summary>
    public required string Bundle { get; init; }

    /// <summary>Gets the ids of the keys that signed.</summary>
    public string[] SignedBy { get; init; } = [];
}
