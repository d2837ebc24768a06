namespace Waybill.Engine;

/// <summary>How the changes of a volume are found.</summary>
public enum ChangePolicy
{
    /// <summary>By the fastest way that is safe: the platform's changes, then what it has allocated, then reading and comparing.</summary>
    Auto = 0,

    /// <summary>By reading and comparing, whatever the platform offers.</summary>
    Compare = 1,

    /// <summary>Not at all: everything is stored every time.</summary>
    Full = 2,
}
