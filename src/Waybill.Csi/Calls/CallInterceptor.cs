using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Waybill.Csi;

/// <summary>Stands around every call: checks sizes, records, and turns what goes wrong into a status.</summary>
internal sealed class CallInterceptor(PluginContext plugin) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        using CallRecord call = Begin(request, context);
        try
        {
            MessageLimits.Check((IMessage)request);
            TResponse response = await continuation(request, context).ConfigureAwait(false);
            call.Succeed();
            return response;
        }
        catch (Exception e)
        {
            throw call.Fail(e);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using CallRecord call = Begin(request, context);
        try
        {
            MessageLimits.Check((IMessage)request);
            await continuation(request, responseStream, context).ConfigureAwait(false);

            // A stream that ends cleanly promises that it is complete; one that its caller gave up is not.
            context.CancellationToken.ThrowIfCancellationRequested();
            call.Succeed();
        }
        catch (Exception e)
        {
            throw call.Fail(e);
        }
    }

    private CallRecord Begin<TRequest>(TRequest request, ServerCallContext context)
        where TRequest : class => new(plugin, (IMessage)request, context);
}
