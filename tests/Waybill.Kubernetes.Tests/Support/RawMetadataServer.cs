using Grpc.Core;
using Waybill.Kubernetes.Wire;

namespace Waybill.Kubernetes.Tests;

/// <summary>A SnapshotMetadata service that says over a real wire exactly what it is told to, contract or not.</summary>
internal sealed class RawMetadataServer : IAsyncDisposable
{
    public const string Token = "a-token-that-nobody-may-see";

    private readonly Func<MetadataAsked, RawAnswer> _answer;

    private RawMetadataServer(Func<MetadataAsked, RawAnswer> answer) => _answer = answer;

    public RawGrpcServer Server { get; private set; } = null!;

    /// <summary>Gets the questions that came, in their order.</summary>
    public List<MetadataAsked> Asked { get; } = [];

    public static async Task<RawMetadataServer> StartAsync(Func<MetadataAsked, RawAnswer> answer)
    {
        var server = new RawMetadataServer(answer);
        server.Server = await RawGrpcServer.StartAsync(server.Answer);
        return server;
    }

    /// <summary>Starts one that gives these answers, one a call.</summary>
    public static Task<RawMetadataServer> StartAsync(params RawAnswer[] answers)
    {
        var left = new Queue<RawAnswer>(answers);
        return StartAsync(_ => left.Dequeue());
    }

    /// <summary>Makes a client that waits no real time for what is over within a minute.</summary>
    public SnapshotMetadataClient Connect(BackupTokenSupplier? tokens = null, TimeProvider? time = null, TimeSpan? retryLimit = null) =>
        SnapshotMetadataClient.Connect(new SnapshotMetadataClientOptions(Server.Address, Server.Authority, tokens ?? ((_, _) => ValueTask.FromResult(Token)))
        {
            TimeProvider = time ?? new HastyTimeProvider(), RetryLimit = retryLimit ?? TimeSpan.FromMinutes(2),
        });

    /// <summary>Makes a message. Those of both kinds of lists are the same on the wire.</summary>
    public static GetMetadataAllocatedResponse Part(long capacity, BlockMetadataType type, params IEnumerable<(long Offset, long Size)> blocks)
    {
        var message = new GetMetadataAllocatedResponse { BlockMetadataType = type, VolumeCapacityBytes = capacity };
        message.BlockMetadata.Add(blocks.Select(block => new BlockMetadata { ByteOffset = block.Offset, SizeBytes = block.Size }));
        return message;
    }

    public static RawAnswer Refuse(StatusCode status, string detail = "") => new() { Status = (int)status, Detail = detail };

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private RawAnswer Answer(RawCall call)
    {
        MetadataAsked asked;
        if (call.Method == "GetMetadataAllocated")
        {
            var request = GetMetadataAllocatedRequest.Parser.ParseFrom(call.Message.Span);
            asked = new MetadataAsked(request.Namespace, request.SnapshotName, null, request.StartingOffset, request.MaxResults, request.SecurityToken);
        }
        else
        {
            var request = GetMetadataDeltaRequest.Parser.ParseFrom(call.Message.Span);
            asked = new MetadataAsked(request.Namespace, request.TargetSnapshotName, request.BaseSnapshotId, request.StartingOffset, request.MaxResults, request.SecurityToken);
        }

        Asked.Add(asked);
        return _answer(asked);
    }
}

/// <summary>A question that came; without a base it is for what is allocated.</summary>
internal sealed record MetadataAsked(string Namespace, string Snapshot, string? Base, long Start, int MaxResults, string Token);
