namespace Waybill.Testing;

/// <summary>Ends a check that saw an obligation broken.</summary>
internal sealed class CheckFailedException(string detail) : Exception(detail);
