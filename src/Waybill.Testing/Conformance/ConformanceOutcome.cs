namespace Waybill.Testing;

/// <summary>How a check ended.</summary>
public enum ConformanceOutcome
{
    /// <summary>The obligation was kept as far as the check saw.</summary>
    Passed = 0,

    /// <summary>The obligation was broken.</summary>
    Failed = 1,

    /// <summary>There was nothing to check: the role is not there, or the capability is not claimed.</summary>
    NotApplicable = 2,
}
