using Microsoft.AspNetCore.Http;

namespace Waybill.Csi.Hosting;

/// <summary>Answers <c>/livez</c> as long as the process does, and <c>/readyz</c> as the Probe call does.</summary>
internal sealed class HealthEndpoint(PluginContext plugin)
{
    private readonly Readiness _readiness = new(plugin);

    public async Task AnswerAsync(HttpContext context)
    {
        (int status, string text) = context.Request.Path.Value switch
        {
            _ when !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) => (StatusCodes.Status405MethodNotAllowed, "only GET"),
            "/livez" => (StatusCodes.Status200OK, "ok"),
            "/readyz" => await GetReadinessAsync(context.RequestAborted).ConfigureAwait(false),
            _ => (StatusCodes.Status404NotFound, "there are /livez and /readyz"),
        };
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.WriteAsync(text + "\n", context.RequestAborted).ConfigureAwait(false);
        }
    }

    private async Task<(int Status, string Text)> GetReadinessAsync(CancellationToken cancellationToken)
    {
        // What the platform said stays in the log: nobody has to prove who he is here.
        WaybillException? failure = await _readiness.CheckAsync(cancellationToken).ConfigureAwait(false);
        return failure is null ? (StatusCodes.Status200OK, "ok") : (StatusCodes.Status503ServiceUnavailable, failure.CodeText);
    }
}
