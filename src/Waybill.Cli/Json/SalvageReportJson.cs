namespace Waybill.Cli.Json;

/// <summary>What <c>bundle salvage --json</c> prints.</summary>
internal sealed record SalvageReportJson
{
    public string Schema { get; init; } = "waybill.bundle.salvage.v1";

    /// <summary>Gets the bundle as it was named on the command line.</summary>
    public required string Source { get; init; }

    /// <summary>Gets the directory as it was named on the command line.</summary>
    public required string Target { get; init; }

    /// <summary>Gets which bundle it is; null if nothing intact says so.</summary>
    public required string? Bundle { get; init; }

    public required string? Application { get; init; }

    /// <summary>Gets whether nothing of the bundle is damaged or missing, and everything was written as it was backed up.</summary>
    public required bool Whole { get; init; }

    /// <summary>Gets whether the bundle was complete once: its trailer is there.</summary>
    public required bool HasTrailer { get; init; }

    public required long Records { get; init; }

    public required SalvageDamageJson[] Damage { get; init; }

    /// <summary>Gets why what the bundle builds on could not be used; null if it was, or if there is nothing.</summary>
    public required string? ParentsProblem { get; init; }

    /// <summary>Gets what was written, in order.</summary>
    public required SalvagedJson[] Salvaged { get; init; }
}
