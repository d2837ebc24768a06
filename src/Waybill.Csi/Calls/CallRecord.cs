using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Waybill.Csi;

/// <summary>One call from its beginning to its end: its trace, its metrics, its line in the log, and what its failure becomes.</summary>
internal sealed partial class CallRecord : IDisposable
{
    private const int MaxDetail = 1024;

    private readonly PluginContext _plugin;
    private readonly ServerCallContext _context;
    private readonly CallSecrets _secrets;
    private readonly Activity? _activity;
    private readonly string _service;
    private readonly string _method;
    private readonly string _names;
    private readonly long _began;
    private StatusCode _status = StatusCode.Unknown;

    public CallRecord(PluginContext plugin, IMessage request, ServerCallContext context)
    {
        _plugin = plugin;
        _context = context;
        _secrets = CallSecrets.In(request);
        string[] parts = context.Method.Split('/', StringSplitOptions.RemoveEmptyEntries);
        (_service, _method) = (parts[0], parts[^1]);
        _names = _secrets.Scrub(MessageText.NamesIn(request));
        _began = plugin.Plugin.TimeProvider.GetTimestamp();
        CsiTelemetry.CallsRunning.Add(1, new KeyValuePair<string, object?>("rpc.method", _method));
        _activity = StartActivity();
        if (plugin.Logger.IsEnabled(LogLevel.Trace))
        {
            string text = _secrets.Scrub(MessageText.Of(request));
            LogRequest(plugin.Logger, _service, _method, text);
        }
    }

    /// <summary>Notes that the call succeeded.</summary>
    public void Succeed() => End(StatusCode.OK, "", null);

    /// <summary>Notes that the call failed.</summary>
    /// <returns>What the caller gets to know.</returns>
    public RpcException Fail(Exception error)
    {
        Status status = GetStatus(error);
        string detail = _secrets.Scrub(status.Detail.ReplaceLineEndings(" "));
        detail = detail.Length <= MaxDetail ? detail : detail[..MaxDetail] + "…";
        End(status.StatusCode, detail, error);
        return new RpcException(new Status(status.StatusCode, detail));
    }

    public void Dispose()
    {
        _activity?.Dispose();
        CsiTelemetry.CallsRunning.Add(-1, new KeyValuePair<string, object?>("rpc.method", _method));
        CsiTelemetry.CallDuration.Record(
            _plugin.Plugin.TimeProvider.GetElapsedTime(_began).TotalSeconds,
            new KeyValuePair<string, object?>("rpc.service", _service),
            new KeyValuePair<string, object?>("rpc.method", _method),
            new KeyValuePair<string, object?>("rpc.grpc.status_code", (int)_status));
    }

    private Status GetStatus(Exception error) => error switch
    {
        RpcException rpc => rpc.Status,
        OperationCanceledException when _context.CancellationToken.IsCancellationRequested =>
            _context.Deadline <= _plugin.Plugin.TimeProvider.GetUtcNow().UtcDateTime
                ? new Status(StatusCode.DeadlineExceeded, "The call took longer than its caller waits.")
                : new Status(StatusCode.Cancelled, "The call was cancelled."),
        WaybillException known => new Status(CallStatus.Of(known.Code, known.IsTransient, _method), known.ToDisplayString()),
        // What an unknown error says may be meant for nobody outside: the log has it.
        _ => new Status(StatusCode.Internal, $"WB{(int)WaybillErrorCode.ProviderFailed}: The platform failed ({error.GetType().Name})"),
    };

    private Activity? StartActivity()
    {
        // The web host starts an activity only if somebody listens to it; the caller's is then still in the headers.
        ActivityContext parent = default;
        if (Activity.Current is null && _context.RequestHeaders.GetValue("traceparent") is { } caller)
        {
            _ = ActivityContext.TryParse(caller, _context.RequestHeaders.GetValue("tracestate"), isRemote: true, out parent);
        }

        string name = $"{_service}/{_method}";
        Activity? activity = parent == default
            ? CsiTelemetry.Traces.StartActivity(name, ActivityKind.Server)
            : CsiTelemetry.Traces.StartActivity(name, ActivityKind.Server, parent);
        activity?.SetTag("rpc.system", "grpc").SetTag("rpc.service", _service).SetTag("rpc.method", _method).SetTag("waybill.csi.names", _names);
        return activity;
    }

    private void End(StatusCode status, string detail, Exception? error)
    {
        _status = status;
        _activity?.SetTag("rpc.grpc.status_code", (int)status);
        double milliseconds = _plugin.Plugin.TimeProvider.GetElapsedTime(_began).TotalMilliseconds;
        if (status == StatusCode.OK)
        {
            LogDone(_plugin.Logger, IsAsking ? LogLevel.Debug : LogLevel.Information, _service, _method, _names, milliseconds);
            return;
        }

        _activity?.SetStatus(ActivityStatusCode.Error, detail);
        bool isOurs = status is StatusCode.Internal or StatusCode.Unknown or StatusCode.DataLoss;
        LogFailed(_plugin.Logger, isOurs ? LogLevel.Error : LogLevel.Warning, _service, _method, _names, status, milliseconds, detail);
        if (isOurs && error is not null and not RpcException)
        {
            // As text, not as an exception: what it says may hold a secret.
            string cause = _secrets.Scrub(error.ToString());
            LogCause(_plugin.Logger, _service, _method, cause);
        }
    }

    // An orchestrator asks all the time.
    private bool IsAsking => _method is "Probe"
        || _method.Contains("Get", StringComparison.Ordinal) || _method.StartsWith("List", StringComparison.Ordinal) || _method.StartsWith("Validate", StringComparison.Ordinal);

    [LoggerMessage(EventId = 1, EventName = "CallDone", Message = "{Service}/{Method} {Names} done in {Milliseconds:F1} ms")]
    private static partial void LogDone(ILogger logger, LogLevel level, string service, string method, string names, double milliseconds);

    [LoggerMessage(EventId = 2, EventName = "CallFailed", Message = "{Service}/{Method} {Names} {Status} in {Milliseconds:F1} ms: {Detail}")]
    private static partial void LogFailed(
        ILogger logger, LogLevel level, string service, string method, string names, StatusCode status, double milliseconds, string detail);

    [LoggerMessage(EventId = 3, EventName = "CallCause", Level = LogLevel.Error, Message = "{Service}/{Method} failed because of {Cause}")]
    private static partial void LogCause(ILogger logger, string service, string method, string cause);

    [LoggerMessage(EventId = 4, EventName = "CallRequest", Level = LogLevel.Trace, Message = "{Service}/{Method} {Request}")]
    private static partial void LogRequest(ILogger logger, string service, string method, string request);
}
