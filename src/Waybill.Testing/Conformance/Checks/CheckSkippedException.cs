namespace Waybill.Testing;

/// <summary>Ends a check, or all of a scenario that are open yet, as there is nothing to check.</summary>
internal sealed class CheckSkippedException(string reason) : Exception(reason);
