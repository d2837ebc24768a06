using System.Security.Cryptography;
using System.Text;
using Waybill.Backup;

namespace Waybill.Mover;

/// <summary>
/// Lets whoever has the token do what a mover can do, and nobody else anything. It knows only the token's digest, which is no secret. When no call has been under way
/// for a while, nobody needs the mover any more.
/// </summary>
internal sealed class MoverCalls : IBackupAuthority, IBackupAudit, IDisposable
{
    private static readonly BackupCaller s_caller = new("coordinator");

    private readonly MoverOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private int _running;

    public MoverCalls(MoverOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _timer = time.CreateTimer(_ => OnTimer(), null, options.IdleLimit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Gets what completes when no call came for as long as the options say.</summary>
    public Task Idle => _idle.Task;

    /// <inheritdoc/>
    public ValueTask<BackupCaller?> AuthenticateAsync(string token, CancellationToken cancellationToken = default)
    {
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token)), _options.TokenDigest))
        {
            return ValueTask.FromResult<BackupCaller?>(null);
        }

        lock (_lock)
        {
            _running++;
        }

        return ValueTask.FromResult<BackupCaller?>(s_caller);
    }

    /// <inheritdoc/>
    public ValueTask<bool> MayAsync(BackupCaller caller, BackupAction action, string objectNamespace, string name, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(objectNamespace == _options.Namespace && (action == BackupAction.List
            || (name == _options.Name && (action == BackupAction.ReadSnapshot || (action == BackupAction.WriteClaim && _options.IsWritable)))));

    /// <inheritdoc/>
    public void Record(BackupAuditEntry entry)
    {
        // Calls without the token do not keep a mover alive.
        if (entry.Caller == s_caller.Name)
        {
            lock (_lock)
            {
                if (--_running == 0)
                {
                    _timer.Change(_options.IdleLimit, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnTimer()
    {
        lock (_lock)
        {
            if (_running == 0)
            {
                _idle.TrySetResult();
            }
        }
    }
}
