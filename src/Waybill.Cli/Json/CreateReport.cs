namespace Waybill.Cli.Json;

/// <summary>What <c>bundle create --json</c> and <c>bundle merge --json</c> print.</summary>
internal sealed record CreateReport
{
    public required string Schema { get; init; }

    /// <summary>Gets the bundle as it was named on the command line.</summary>
    public required string File { get; init; }

    public required long FileBytes { get; init; }

    public required BundleJson Bundle { get; init; }
}
