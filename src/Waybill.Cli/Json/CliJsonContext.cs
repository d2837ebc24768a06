using System.Text.Json.Serialization;

namespace Waybill.Cli.Json;

/// <summary>Serialisers of all reports, made at compile time. Text that is not plain ASCII is escaped, so output is safe on a terminal.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(CreateReport))]
[JsonSerializable(typeof(ShowReport))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(RestoreReport))]
[JsonSerializable(typeof(SalvageReportJson))]
[JsonSerializable(typeof(KeyShowReport))]
[JsonSerializable(typeof(RewriteReport))]
[JsonSerializable(typeof(VolumeListReport))]
[JsonSerializable(typeof(ProviderListReport))]
[JsonSerializable(typeof(ProviderVerifyReport))]
[JsonSerializable(typeof(CsiVerifyReport))]
[JsonSerializable(typeof(PointListReport))]
[JsonSerializable(typeof(LedgerListReport))]
[JsonSerializable(typeof(LedgerSweepReport))]
[JsonSerializable(typeof(AppListReport))]
[JsonSerializable(typeof(AppShowReport))]
[JsonSerializable(typeof(AppPlanReport))]
[JsonSerializable(typeof(AppProtectReport))]
[JsonSerializable(typeof(AppRestoreReport))]
[JsonSerializable(typeof(CatalogScanJson))]
[JsonSerializable(typeof(CatalogSearchJson))]
[JsonSerializable(typeof(CatalogLivesJson))]
[JsonSerializable(typeof(CatalogWhereJson))]
[JsonSerializable(typeof(CatalogOrphansJson))]
[JsonSerializable(typeof(CatalogResolveJson))]
[JsonSerializable(typeof(CatalogStatsJson))]
[JsonSerializable(typeof(CatalogPruneJson))]
internal sealed partial class CliJsonContext : JsonSerializerContext;
