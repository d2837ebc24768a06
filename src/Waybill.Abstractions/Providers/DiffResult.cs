namespace Waybill.Providers;

/// <summary>A platform's answer to the question what changed. Not being able to tell is an answer, not an exception.</summary>
public abstract record DiffResult
{
    private DiffResult()
    {
    }

    /// <summary>The changes are known.</summary>
    /// <param name="Changes">The changes; whoever asked disposes them.</param>
    public sealed record Known(Delta Changes) : DiffResult;

    /// <summary>Changes are not known, but what is in use is: read that, and take the rest for zeros. It is a full copy, never a delta.</summary>
    /// <param name="Reason">Why, in a sentence.</param>
    public sealed record UseAllocated(string Reason) : DiffResult;

    /// <summary>Nothing is known: read everything.</summary>
    /// <param name="Reason">Why, in a sentence.</param>
    public sealed record UseFull(string Reason) : DiffResult;

    /// <summary>Ask again later.</summary>
    /// <param name="After">When.</param>
    /// <param name="Reason">Why, in a sentence.</param>
    public sealed record RetryLater(TimeSpan After, string Reason) : DiffResult;

    /// <summary>The question is wrong, for instance as the base belongs to another volume: do not go on.</summary>
    /// <param name="Reason">Why, in a sentence.</param>
    public sealed record Fatal(string Reason) : DiffResult;
}
