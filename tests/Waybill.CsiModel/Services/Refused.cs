using System.Diagnostics.CodeAnalysis;
using Grpc.Core;

namespace Waybill.CsiModel;

/// <summary>Refuses calls with the status of the interface.</summary>
internal static class Refused
{
    public static RpcException With(StatusCode code, string message) => new(new Status(code, message));

    public static void Empty(string value, string name)
    {
        if (value.Length == 0)
        {
            throw With(StatusCode.InvalidArgument, $"There is no {name}.");
        }
    }

    public static void Missing([NotNull] object? value, string name)
    {
        if (value is null)
        {
            throw With(StatusCode.InvalidArgument, $"There is no {name}.");
        }
    }

    public static T Unknown<T>(Dictionary<string, T> objects, string id)
        where T : class => objects.GetValueOrDefault(id) ?? throw With(StatusCode.NotFound, $"There is no '{id}'.");

    public static RpcException Broken() => With(StatusCode.Internal, "Something went wrong.");
}
