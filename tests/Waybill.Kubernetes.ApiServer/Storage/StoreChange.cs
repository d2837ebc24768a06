namespace Waybill.Kubernetes.ApiServer.Storage;

/// <summary>What happened at one revision.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Before">The object as it was; null if it was created.</param>
/// <param name="After">The object as it is, or as it was when it was deleted.</param>
/// <param name="IsDeletion">Whether the object is gone.</param>
public sealed record StoreChange(long Revision, StoredObject? Before, StoredObject After, bool IsDeletion);
