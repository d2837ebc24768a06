namespace Waybill.Testing;

/// <summary>Something that must hold.</summary>
/// <param name="Id">Its stable name.</param>
/// <param name="Text">What must hold, in a sentence.</param>
internal sealed record Obligation(string Id, string Text);
