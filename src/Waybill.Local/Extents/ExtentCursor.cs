namespace Waybill.Local;

/// <summary>Walks the extents of a file in order, a batch of the file system's answers in memory at a time.</summary>
internal abstract class ExtentCursor : IDisposable
{
    /// <summary>Gets the next extent.</summary>
    /// <returns>False at the end: the rest of the file is a hole. What lies between two extents is a hole too.</returns>
    public abstract bool TryRead(out Extent extent);

    /// <inheritdoc/>
    public abstract void Dispose();
}
