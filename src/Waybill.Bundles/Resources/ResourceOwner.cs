namespace Waybill.Bundles;

/// <summary>An object that owns another one, as the object itself says.</summary>
/// <param name="ApiVersion">The owner's API version.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="IsController">Whether the owner manages the object.</param>
public sealed record ResourceOwner(string ApiVersion, string Kind, string Name, string Uid, bool IsController = false);
