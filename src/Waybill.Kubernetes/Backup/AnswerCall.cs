using Grpc.Core;
using Waybill.Backup.Wire;

namespace Waybill.Kubernetes;

/// <summary>One call whose answer is a stream, in the one form that both kinds of answers have.</summary>
internal abstract class AnswerCall : IDisposable
{
    public abstract AnswerPart Current { get; }

    /// <summary>Gets whether pieces come with their content.</summary>
    public abstract bool HasContent { get; }

    public abstract Task<bool> MoveNextAsync(CancellationToken cancellationToken);

    public abstract void Dispose();

    /// <summary>A call for ranges.</summary>
    public sealed class Ranges(AsyncServerStreamingCall<ListRangesResponse> call) : AnswerCall
    {
        public override bool HasContent => false;

        public override AnswerPart Current => call.ResponseStream.Current switch
        {
            { PartCase: ListRangesResponse.PartOneofCase.Head, Head: var head } => new AnswerPart(head, null, null),
            { PartCase: ListRangesResponse.PartOneofCase.End, End: var end } => new AnswerPart(null, null, end),
            { PartCase: ListRangesResponse.PartOneofCase.Ranges, Ranges: var ranges } => new AnswerPart(
                null, [.. ranges.Ranges_.Select(range => new Chunk { Offset = range.Offset, Length = range.Length, Kind = range.Kind })], null),
            _ => default,
        };

        public override Task<bool> MoveNextAsync(CancellationToken cancellationToken) => call.ResponseStream.MoveNext(cancellationToken);

        public override void Dispose() => call.Dispose();
    }

    /// <summary>A call for data.</summary>
    public sealed class Data(AsyncServerStreamingCall<ReadDataResponse> call) : AnswerCall
    {
        public override bool HasContent => true;

        public override AnswerPart Current => call.ResponseStream.Current switch
        {
            { PartCase: ReadDataResponse.PartOneofCase.Head, Head: var head } => new AnswerPart(head, null, null),
            { PartCase: ReadDataResponse.PartOneofCase.End, End: var end } => new AnswerPart(null, null, end),
            { PartCase: ReadDataResponse.PartOneofCase.Chunk, Chunk: var chunk } => new AnswerPart(null, [chunk], null),
            _ => default,
        };

        public override Task<bool> MoveNextAsync(CancellationToken cancellationToken) => call.ResponseStream.MoveNext(cancellationToken);

        public override void Dispose() => call.Dispose();
    }
}

/// <summary>A message of such a stream; at most one of the three is there.</summary>
internal readonly record struct AnswerPart(Head? Head, IReadOnlyList<Chunk>? Pieces, End? End);
