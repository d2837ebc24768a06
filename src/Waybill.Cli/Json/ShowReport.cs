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
    public required bool Complete { get; init; }

    /// <summary>Gets why the bundle is not complete.</summary>
    public required ProblemJson? Problem { get; init; }

    /// <summary>Gets what the bundle says of itself; if it is not complete, what its beginning says: no streams, no consistency.</summary>
    public required BundleJson Bundle { get; init; }

    public required ResourceJson[] Resources { get; init; }
}
