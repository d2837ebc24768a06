namespace Waybill.Testing;

/// <summary>An obligation was broken.</summary>
public sealed class ConformanceException : Exception
{
    /// <summary>Makes an error of a report.</summary>
    /// <param name="report">The report.</param>
    public ConformanceException(ConformanceReport report)
        : base(report?.ToString()) => Report = report ?? throw new ArgumentNullException(nameof(report));

    /// <summary>Gets the report.</summary>
    public ConformanceReport Report { get; }
}
