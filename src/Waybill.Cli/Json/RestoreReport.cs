namespace Waybill.Cli.Json;

/// <summary>What <c>bundle restore --json</c> prints.</summary>
internal sealed record RestoreReport
{
    public string Schema { get; init; } = "waybill.bundle.restore.v1";

    /// <summary>Gets the directory as it was named on the command line.</summary>
    public required string Target { get; init; }

    public required string Bundle { get; init; }

    public required string Application { get; init; }

    /// <summary>Gets what was written, in order.</summary>
    public required RestoredJson[] Restored { get; init; }

    /// <summary>Gets what was to be written and is damaged in the bundle.</summary>
    public required NotRestoredJson[] NotRestored { get; init; }

    /// <summary>Gets whether there are Secrets that the key did not open.</summary>
    public required bool SecretsLeftOut { get; init; }
}
