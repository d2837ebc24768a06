namespace Waybill.Catalog.Tests.Support;

public enum CatalogKind
{
    Sqlite,

    Postgres,
}
