namespace Waybill.Catalog;

/// <summary>How far a scan has come.</summary>
/// <param name="Name">The bundle read last.</param>
/// <param name="Done">How many were read.</param>
public readonly record struct CatalogScanProgress(string Name, int Done);
