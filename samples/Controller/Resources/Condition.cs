namespace Waybill.Samples.Controller.Resources;

/// <summary>What is so, or not, of an object, as <c>kubectl wait --for=condition=…</c> reads it.</summary>
public sealed class Condition
{
    public string Type { get; set; } = "";

    public string Status { get; set; } = "Unknown";

    public string Reason { get; set; } = "";

    public string Message { get; set; } = "";

    public DateTime? LastTransitionTime { get; set; }

    public long? ObservedGeneration { get; set; }
}
