namespace Waybill.CsiModel;

/// <summary>What a driver was told besides what it was asked for.</summary>
/// <param name="Parameters">The parameters.</param>
/// <param name="Secrets">The secrets.</param>
public sealed record ModelRequest(IReadOnlyDictionary<string, string> Parameters, IReadOnlyDictionary<string, string> Secrets);
