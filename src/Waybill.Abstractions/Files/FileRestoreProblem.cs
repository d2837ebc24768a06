namespace Waybill;

/// <summary>Something of a file that could not be restored as it was.</summary>
/// <param name="Path">The file.</param>
/// <param name="What">What is missing: <c>owner</c>, <c>mode</c>, <c>times</c>, <c>xattr NAME</c>, <c>file</c>, or what a gap names.</param>
/// <param name="Reason">Why.</param>
public sealed record FileRestoreProblem(FilePath Path, string What, string Reason)
{
    /// <summary>The file itself: it is not there.</summary>
    public const string File = "file";
}
