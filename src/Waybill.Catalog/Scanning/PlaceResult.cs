namespace Waybill.Catalog.Scanning;

/// <summary>What was found at one place.</summary>
/// <param name="IsBundle">Whether it is a bundle at all.</param>
/// <param name="IsNew">Whether the catalog did not know the point.</param>
/// <param name="IsRecorded">Whether the catalog knows the place now.</param>
/// <param name="Problem">Why it could not be read as far as was wanted; null if it was.</param>
internal readonly record struct PlaceResult(bool IsBundle, bool IsNew, bool IsRecorded, WaybillException? Problem);
