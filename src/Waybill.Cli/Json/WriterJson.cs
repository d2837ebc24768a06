namespace Waybill.Cli.Json;

/// <summary>The software that wrote a bundle.</summary>
internal sealed record WriterJson(string Product, string Version, string Profile);
