namespace Waybill.Providers;

/// <summary>A lease to be taken.</summary>
/// <param name="LeaseId">Names the lease, so that it can be released by another process.</param>
/// <param name="Deadline">After this time from the moment on at which something begins to be held, it is thawed by itself.</param>
public sealed record QuiesceRequest(string LeaseId, TimeSpan Deadline);
