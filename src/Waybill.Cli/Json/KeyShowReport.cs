using Waybill.Bundles;

namespace Waybill.Cli.Json;

/// <summary>What <c>key show --json</c> prints.</summary>
internal sealed record KeyShowReport
{
    public string Schema { get; init; } = "waybill.key.show.v1";

    /// <summary>Gets the file as it was named on the command line.</summary>
    public required string File { get; init; }

    public required KeyJson[] Keys { get; init; }

    public static KeyShowReport Of(string path, KeyFile file) => new() { File = path, Keys = [.. file.Keys.Select(KeyJson.Of)] };
}
