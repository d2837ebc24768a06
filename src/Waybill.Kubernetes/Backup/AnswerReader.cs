using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Grpc.Core;
using Waybill.Backup.Wire;
using Waybill.Providers;

namespace Waybill.Kubernetes;

/// <summary>Reads an answer to its end, over as many calls as that takes, and believes nothing that can be checked.</summary>
internal sealed class AnswerReader(BackupClientOptions options, BackupQuestion question, Func<long, CallOptions, AnswerCall> open) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CallPatience _patience = new(options, question.Name);
    private BackupHead? _head;
    private AnswerCall? _call;
    private End _received = new();
    private bool _begun;

    public BackupHead Head => _head!;

    /// <summary>Makes the first call, and waits for its head.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        while (_call is null)
        {
            try
            {
                _call = await BeginAsync(question.StartingOffset, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException error)
            {
                await _patience.WaitAsync(error, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public async IAsyncEnumerable<AnswerPiece> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_begun)
        {
            throw new InvalidOperationException("An answer is read once.");
        }

        _begun = true;
        long position = question.StartingOffset;
        long limit = question.EndingOffset == 0 ? Head.Length : Math.Min(question.EndingOffset, Head.Length);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AnswerPart part = await NextAsync(position, cancellationToken).ConfigureAwait(false);
            if (part.End is { } end)
            {
                if (await TryFinishAsync(end, position, limit, cancellationToken).ConfigureAwait(false))
                {
                    yield break;
                }

                continue;
            }

            foreach (Chunk chunk in part.Pieces ?? throw Broken("after its head a stream has pieces and an end", position))
            {
                AnswerPiece piece = Check(chunk, position, limit);

                // Whoever asks for the next piece has taken this one: a call that breaks is gone on with behind it.
                yield return piece;
                cancellationToken.ThrowIfCancellationRequested();
                position = piece.Range.End;
                _patience.Progressed();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _call?.Dispose();
        _stop.Dispose();
    }

    private async Task<AnswerCall> BeginAsync(long start, CancellationToken cancellationToken)
    {
        AnswerCall call = open(start, await _patience.NextAsync(_stop.Token, cancellationToken).ConfigureAwait(false));
        try
        {
            Head? head = await call.MoveNextAsync(cancellationToken).ConfigureAwait(false) ? call.Current.Head : null;
            BackupHead understood = Understand(head ?? throw Broken("a stream begins with its head", start), start);
            if (_head is not null && (understood.Volume, understood.Length, understood.Method, understood.ChangeId) != (_head.Volume, _head.Length, _head.Method, _head.ChangeId))
            {
                throw Broken("a stream that goes on says something else of the snapshot than the one before", start);
            }

            _head ??= understood;
            _received = new End();
            return call;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    /// <summary>Gets the next message, from a call that goes on behind the last piece if the one before broke.</summary>
    private async Task<AnswerPart> NextAsync(long position, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                _call ??= await BeginAsync(position, cancellationToken).ConfigureAwait(false);
                return await _call.MoveNextAsync(cancellationToken).ConfigureAwait(false) ? _call.Current
                    : throw Broken("a stream ended without its end", position);
            }
            catch (RpcException error)
            {
                _call?.Dispose();
                _call = null;
                await _patience.WaitAsync(error, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Compares the end with what came. A call that fails even now is gone on with behind the last piece.</summary>
    private async Task<bool> TryFinishAsync(End end, long position, long limit, CancellationToken cancellationToken)
    {
        if ((end.Ranges, end.Bytes, end.DataBytes) != (_received.Ranges, _received.Bytes, _received.DataBytes))
        {
            throw Broken("the end of a stream does not agree with what came before it", position);
        }

        if (Head.Method == BackupMethod.Full && position < limit)
        {
            throw Broken("a full stream leaves something out", position);
        }

        try
        {
            return await _call!.MoveNextAsync(cancellationToken).ConfigureAwait(false) ? throw Broken("a stream goes on after its end", position) : true;
        }
        catch (RpcException error)
        {
            _call!.Dispose();
            _call = null;
            await _patience.WaitAsync(error, cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    private BackupHead Understand(Head head, long start)
    {
        if (head.CapacityBytes > long.MaxValue || head.StartingOffset != (ulong)start || !VolumeId.TryParse(head.VolumeId, null, out VolumeId volume)
            || head.Method is not (Method.Delta or Method.Allocated or Method.Full))
        {
            throw Broken("the head of a stream says nothing that can be understood", start);
        }

        var method = (BackupMethod)(int)head.Method;
        bool allowed = question.Base is null ? method != BackupMethod.Delta : method == BackupMethod.Delta || question.Fallback.Contains(method);
        return allowed
            ? new BackupHead(volume, (long)head.CapacityBytes, method)
            {
                Reason = head.Reason,
                ChangeId = ChangeId.TryParse(head.ChangeId, null, out ChangeId id) ? id : null,
                Created = head.Created is { } created ? new Timestamp(created.Seconds, created.Nanos) : default,
            }
            : throw Broken($"it answers with {method}, which nobody asked for", start);
    }

    private AnswerPiece Check(Chunk chunk, long position, long limit)
    {
        if (chunk.Length == 0 || chunk.Offset < (ulong)position || chunk.Offset > (ulong)limit || chunk.Length > (ulong)limit - chunk.Offset)
        {
            throw Broken("pieces ascend, do not overlap, are not empty and lie within the capacity", position);
        }

        var range = new ByteRange((long)chunk.Offset, (long)chunk.Length);
        if (Head.Method == BackupMethod.Full && range.Offset != position)
        {
            throw Broken("a full stream leaves something out", position);
        }

        ChangedRangeKind kind = chunk.Kind switch
        {
            RangeKind.Data => ChangedRangeKind.Data,
            RangeKind.Zero => ChangedRangeKind.Zero,
            RangeKind.Deallocated => ChangedRangeKind.Deallocated,
            _ => throw Broken("a piece does not say what it is", range.Offset),
        };
        bool wantsData = kind == ChangedRangeKind.Data && _call!.HasContent;
        if (chunk.Data.Length != (wantsData ? range.Length : 0))
        {
            throw Broken("a piece of data holds exactly its length, and any other none", range.Offset);
        }

        if (wantsData && !chunk.Sha256.Span.SequenceEqual(SHA256.HashData(chunk.Data.Span)))
        {
            throw BackupErrors.Mismatch(options.Name, question.Name, range.Offset);
        }

        _received.Ranges++;
        _received.Bytes += chunk.Length;
        _received.DataBytes += kind == ChangedRangeKind.Data ? chunk.Length : 0;
        return new AnswerPiece(range, kind, chunk.Data.Memory);
    }

    private ProviderException Broken(string why, long offset) => BackupErrors.Broken(options.Name, question.Name, why, offset);
}
