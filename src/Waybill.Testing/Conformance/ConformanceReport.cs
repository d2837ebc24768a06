using System.Collections.Immutable;

namespace Waybill.Testing;

/// <summary>What a conformance kit found.</summary>
/// <param name="Subject">What was checked.</param>
/// <param name="Checks">All checks, in the order in which they ran.</param>
public sealed record ConformanceReport(string Subject, ImmutableArray<ConformanceCheck> Checks)
{
    /// <summary>Gets whether no obligation was seen broken.</summary>
    public bool IsConformant => Failures.IsEmpty;

    /// <summary>Gets the checks that failed.</summary>
    public ImmutableArray<ConformanceCheck> Failures => [.. Checks.Where(check => check.Outcome == ConformanceOutcome.Failed)];

    /// <summary>Fails with the whole report if an obligation was broken: the one call a test needs.</summary>
    /// <exception cref="ConformanceException">A check failed.</exception>
    public void ThrowIfFailed()
    {
        if (!IsConformant)
        {
            throw new ConformanceException(this);
        }
    }

    /// <summary>Gets the report as JUnit XML, as build servers read it: a test case for each check.</summary>
    /// <returns>The document, to be written as UTF-8.</returns>
    public string ToJUnit() => JUnitText.Of(this);

    /// <summary>Gets the report as text, what failed first.</summary>
    /// <returns>Several lines.</returns>
    public override string ToString()
    {
        int passed = Checks.Count(check => check.Outcome == ConformanceOutcome.Passed);
        return string.Join(
            Environment.NewLine,
            [
                $"{Subject}: {passed} passed, {Failures.Length} failed, {Checks.Length - passed - Failures.Length} not applicable",
                .. Failures.Select(check => check.ToString()),
                .. Checks.Where(check => check.Outcome != ConformanceOutcome.Failed).Select(check => check.ToString()),
            ]);
    }
}
