namespace Waybill.Backup;

/// <summary>One call of the backup API, as it is recorded when it ended. It holds no token and no content.</summary>
/// <param name="Caller">Who called; empty if nobody could be made out.</param>
/// <param name="Peer">From where.</param>
/// <param name="Method">What was called, such as <c>ReadData</c>.</param>
/// <param name="ObjectName">The namespace and name of the object, as <c>NAMESPACE/NAME</c>.</param>
/// <param name="Status">How it ended, as a gRPC status such as <c>OK</c>.</param>
public sealed record BackupAuditEntry(string Caller, string Peer, string Method, string ObjectName, string Status)
{
    /// <summary>Gets when it began.</summary>
    public Timestamp Started { get; init; }

    /// <summary>Gets how long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Gets how many bytes of content were handed over or taken.</summary>
    public long Bytes { get; init; }

    /// <summary>Gets the part of the object they lie in; empty if there are none.</summary>
    public ByteRange Range { get; init; }
}
