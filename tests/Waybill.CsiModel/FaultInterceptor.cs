using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Waybill.CsiModel;

/// <summary>Accepts what the services refuse, or refuses it with another status, if that is what is wrong with the driver.</summary>
internal sealed class FaultInterceptor(Faults faults) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        CheckAuthority(context);
        try
        {
            return await continuation(request, context);
        }
        catch (RpcException) when (faults.AcceptsWhatItMustRefuse)
        {
            return Activator.CreateInstance<TResponse>();
        }
        catch (RpcException) when (faults.RefusesWithAnotherStatus)
        {
            throw new RpcException(new Status(StatusCode.DataLoss, "This is not the status of the interface."));
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (RpcException) when (faults.AcceptsWhatItMustRefuse)
        {
        }
        catch (RpcException) when (faults.RefusesWithAnotherStatus)
        {
            throw new RpcException(new Status(StatusCode.DataLoss, "This is not the status of the interface."));
        }
    }

    private void CheckAuthority(ServerCallContext context)
    {
        if (faults.Break("csi.identity.any-authority") && context.Host != "localhost")
        {
            throw new RpcException(new Status(StatusCode.Unimplemented, $"Nothing is served for {context.Host}."));
        }
    }
}
