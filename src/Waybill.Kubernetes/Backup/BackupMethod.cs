namespace Waybill.Kubernetes;

/// <summary>How an answer of the backup API is to be understood.</summary>
public enum BackupMethod
{
    /// <summary>What changed since the base. What is not listed is as it was there.</summary>
    Delta = 1,

    /// <summary>What may hold anything but zeros. What is not listed is zeros: it must never be laid over a base.</summary>
    Allocated = 2,

    /// <summary>Everything from the first byte to the last.</summary>
    Full = 3,
}
