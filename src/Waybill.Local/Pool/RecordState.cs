namespace Waybill.Local;

/// <summary>How far a volume or snapshot of the pool is.</summary>
internal enum RecordState
{
    /// <summary>Its files may be there in part. Undone if whoever makes it is gone.</summary>
    Creating = 0,

    /// <summary>It is there.</summary>
    Ready = 1,

    /// <summary>Its files may be gone in part. Finished by another if whoever removes it is gone.</summary>
    Deleting = 2,

    /// <summary>It is there, and its file may not have its new size yet. Finished by another if whoever grows it is gone.</summary>
    Growing = 3,
}
