namespace Waybill.Backup;

/// <summary>Finds out who calls the backup API, and what they may do (docs/spec/backup-api.md, section 2).</summary>
public interface IBackupAuthority
{
    /// <summary>Finds out whose token it is. MUST take tokens for this service's own audience only.</summary>
    /// <param name="token">The token; never to be logged or kept.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The caller; <see langword="null"/> if the token does not count here.</returns>
    /// <exception cref="WaybillException">The question could not be answered; nothing is then allowed.</exception>
    ValueTask<BackupCaller?> AuthenticateAsync(string token, CancellationToken cancellationToken = default);

    /// <summary>Says whether a caller may do something with one object, by its name.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="action">What it wants to do.</param>
    /// <param name="objectNamespace">The namespace of the object.</param>
    /// <param name="name">The object; empty for <see cref="BackupAction.List"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>Whether it may.</returns>
    /// <exception cref="WaybillException">The question could not be answered; nothing is then allowed.</exception>
    ValueTask<bool> MayAsync(BackupCaller caller, BackupAction action, string objectNamespace, string name, CancellationToken cancellationToken = default);
}
