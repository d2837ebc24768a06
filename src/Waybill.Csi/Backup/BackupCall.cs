using System.Threading.RateLimiting;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Waybill.Backup;

namespace Waybill.Csi.Backup;

/// <summary>One call: who makes it, what it was allowed, how much went over, how it ended.</summary>
internal sealed partial class BackupCall : IDisposable
{
    private const string Authorization = "authorization";
    private const string Bearer = "Bearer ";

    private readonly BackupApi _api;
    private readonly BackupLimits _limits;
    private readonly CancellationTokenSource _stop;
    private readonly string _method;
    private readonly string _peer;
    private readonly long _began;
    private readonly Timestamp _started;
    private RateLimitLease? _lease;
    private BackupCaller? _caller;
    private string _object = "";
    private long _bytes;
    private long _first = -1;
    private long _end;

    private BackupCall(BackupApi api, BackupLimits limits, ServerCallContext context)
    {
        _api = api;
        _limits = limits;
        _method = context.Method[(context.Method.LastIndexOf('/') + 1)..];
        _peer = context.Peer;
        _began = api.TimeProvider.GetTimestamp();
        _started = Timestamp.From(api.TimeProvider.GetUtcNow());
        _stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        Idle = new CancellationTokenSource(api.IdleLimit, api.TimeProvider);
        Idle.Token.Register(_stop.Cancel);
    }

    /// <summary>Gets what ends the call: its caller, or waiting too long.</summary>
    public CancellationToken Stop => _stop.Token;

    private CancellationTokenSource Idle { get; }

    /// <summary>Makes out the caller, does the work, and records the call.</summary>
    public static async Task<T> RunAsync<T>(BackupApi api, BackupLimits limits, ServerCallContext context, Func<BackupCall, Task<T>> work)
    {
        using var call = new BackupCall(api, limits, context);
        StatusCode status = StatusCode.OK;
        try
        {
            await call.AuthenticateAsync(context).ConfigureAwait(false);
            return await work(call).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it was, the caller gets a status and the audit a record.
        catch (Exception e)
#pragma warning restore CA1031
        {
            RpcException error = BackupStatus.From(e, context.CancellationToken.IsCancellationRequested, call.Idle.IsCancellationRequested);
            status = error.StatusCode;
            if (status is StatusCode.Internal or StatusCode.Unknown or StatusCode.Unavailable or StatusCode.DataLoss)
            {
                LogCause(api.Logger, call._method, status, e);
            }

            throw error;
        }
        finally
        {
            call.Record(status);
        }
    }

    /// <summary>Demands that the caller may do this with an object.</summary>
    public async Task RequireAsync(BackupAction permission, string objectNamespace, string name)
    {
        if (objectNamespace.Length == 0 || (name.Length == 0 && permission != BackupAction.List))
        {
            throw BackupStatus.Invalid("An object is named by its namespace and its name");
        }

        _object = $"{objectNamespace}/{name}";
        if (!await _api.Authority.MayAsync(_caller!, permission, objectNamespace, name, Stop).ConfigureAwait(false))
        {
            throw BackupStatus.Denied();
        }
    }

    /// <summary>Waits until the caller may have a range more, and counts it.</summary>
    public async ValueTask SpendAsync(ByteRange range, int bytes)
    {
        await SpendAsync(bytes).ConfigureAwait(false);
        _first = _first < 0 ? range.Offset : _first;
        _end = range.End;
    }

    /// <summary>Waits until the caller may have so many bytes more, and counts them.</summary>
    public async ValueTask SpendAsync(int bytes)
    {
        await _limits.SpendAsync(_caller!, bytes, Stop).ConfigureAwait(false);
        _bytes += bytes;
    }

    /// <summary>Notes that the other side did something.</summary>
    public void Progressed() => Idle.CancelAfter(_api.IdleLimit);

    /// <summary>Notes that the other side waits for this one, until it does something again.</summary>
    public void Working() => Idle.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose()
    {
        _lease?.Dispose();
        Idle.Dispose();
        _stop.Dispose();
    }

    private async Task AuthenticateAsync(ServerCallContext context)
    {
        string? header = context.RequestHeaders.GetValue(Authorization);
        if (header is null || !header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) || header.Length == Bearer.Length)
        {
            throw new RpcException(new Status(StatusCode.Unauthenticated, "A bearer token is needed"));
        }

        _caller = await _api.Authority.AuthenticateAsync(header[Bearer.Length..], Stop).ConfigureAwait(false)
            ?? throw new RpcException(new Status(StatusCode.Unauthenticated, "The token does not count here"));
        _lease = _limits.Enter(_caller);
    }

    private void Record(StatusCode status) => _api.Audit.Record(new BackupAuditEntry(_caller?.Name ?? "", _peer, _method, _object, status.ToString())
    {
        Started = _started,
        Duration = _api.TimeProvider.GetElapsedTime(_began),
        Bytes = _bytes,
        Range = _first < 0 ? default : ByteRange.FromBounds(_first, _end),
    });

    [LoggerMessage(EventId = 20, EventName = "BackupCallCause", Level = LogLevel.Error, Message = "Backup/{Method} ends with {Status}")]
    private static partial void LogCause(ILogger logger, string method, StatusCode status, Exception cause);
}
