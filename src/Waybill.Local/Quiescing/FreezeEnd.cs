namespace Waybill.Local;

/// <summary>How a freeze ended.</summary>
/// <param name="HeldUntil">Until when everything was frozen for certain.</param>
/// <param name="Broken">Whether something was thawed before it was to be.</param>
internal sealed record FreezeEnd(Timestamp HeldUntil, bool Broken);
