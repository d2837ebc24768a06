using System.Security.Cryptography;
using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Waybill.Backup;
using Waybill.Backup.Wire;

namespace Waybill.Kubernetes;

/// <summary>
/// Fills a volume that is a tree of files through the backup API, by one call. If that breaks, the volume is not to be used, and is filled anew: nothing says how far what
/// was sent had come.
/// </summary>
internal sealed class RemoteTreeTarget : FileTreeTarget
{
    private const int LargestPiece = 1 << 20;

    // A server may take nothing more and yet keep the connection alive.
    private static readonly TimeSpan s_stallLimit = TimeSpan.FromMinutes(5);

    private readonly BackupClientOptions _options;
    private readonly string _claim;
    private readonly AsyncDuplexStreamingCall<WriteFilesRequest, WriteFilesResponse> _call;
    private readonly Channel<bool> _answers = Channel.CreateUnbounded<bool>();
    private readonly List<FileRestoreProblem> _problems = [];
    private readonly Task _answering;
    private ulong _files;
    private ulong? _acknowledged;

    // Answers that are waited for: the first is that the volume is open.
    private int _expected = 1;

    public RemoteTreeTarget(BackupClientOptions options, string claim, AsyncDuplexStreamingCall<WriteFilesRequest, WriteFilesResponse> call)
    {
        (_options, _claim, _call) = (options, claim, call);
        _answering = AnswerAsync();
    }

    public override IReadOnlyList<FileRestoreProblem> Problems => _problems;

    /// <summary>Begins the call, and returns when the volume is open.</summary>
    /// <exception cref="RpcException">The call ended instead.</exception>
    public async Task OpenAsync(bool replaces, CancellationToken cancellationToken)
    {
        Task sending = _call.RequestStream.WriteAsync(new WriteFilesRequest { Head = new WriteFilesHead { Claim = _claim, Replace = replaces } }, cancellationToken);
        if (!await _answers.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            await _answering.ConfigureAwait(false);
        }

        await sending.ConfigureAwait(false);
        _answers.Reader.TryRead(out _);
    }

    public override async ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        FileEntry file = FileMessages.ToWire(entry with { Extents = [] });
        if (file.Gaps.Count > entry.Gaps.Length)
        {
            _problems.Add(new FileRestoreProblem(entry.Path, FileGap.Xattrs, file.Gaps[^1].Reason));
        }

        if (entry.LinkGroup != 0)
        {
            Interlocked.Increment(ref _expected);
        }

        await SendAsync(new WriteFilesRequest { File = file }, cancellationToken).ConfigureAwait(false);
        _files++;
        return entry.LinkGroup == 0 ? entry.Type == FileType.Regular : await IsWantedAsync(cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        for (int done = 0; done < content.Length; done += LargestPiece)
        {
            ReadOnlyMemory<byte> piece = content.Slice(done, Math.Min(LargestPiece, content.Length - done));
            var chunk = new Chunk { Offset = (ulong)(offset + done), Length = (ulong)piece.Length, Kind = RangeKind.Zero };
            if (piece.Span.ContainsAnyExcept((byte)0))
            {
                chunk.Kind = RangeKind.Data;
                chunk.Data = UnsafeByteOperations.UnsafeWrap(piece);
                chunk.Sha256 = ByteString.CopyFrom(SHA256.HashData(piece.Span));
            }

            // Zeros need not be said, but a server that hears nothing for long gives up.
            await SendAsync(new WriteFilesRequest { Chunk = chunk }, cancellationToken).ConfigureAwait(false);
        }
    }

    public override async ValueTask DiscardAsync(CancellationToken cancellationToken = default) =>
        await SendAsync(new WriteFilesRequest { Discard = new Discard() }, cancellationToken).ConfigureAwait(false);

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken = default)
    {
        await SendAsync(new WriteFilesRequest { End = new FilesEnd { Files = _files } }, cancellationToken).ConfigureAwait(false);
        Task closing = _call.RequestStream.CompleteAsync();
        try
        {
            // Making all of it durable takes as long as it takes; a server that is gone does not answer pings.
            await _answering.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            throw BackupErrors.Of(error, _options.Name, _claim);
        }

        await closing.ConfigureAwait(false);
        if (_acknowledged != _files)
        {
            throw BackupErrors.Broken(_options.Name, _claim, "it does not say that all files were written");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        _call.Dispose();
        await _answering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false))
            {
                WriteFilesResponse response = _call.ResponseStream.Current;
                switch (response.PartCase)
                {
                    case WriteFilesResponse.PartOneofCase.Ready or WriteFilesResponse.PartOneofCase.Wanted when Interlocked.Decrement(ref _expected) >= 0:
                        await _answers.Writer.WriteAsync(response.Wanted?.Content ?? false).ConfigureAwait(false);
                        break;
                    case WriteFilesResponse.PartOneofCase.Problems:
                        foreach (FileProblem problem in response.Problems.Problems)
                        {
                            FilePath path = FilePath.TryFromBytes(problem.Path.Span, out FilePath known) ? known : FilePath.Root;
                            _problems.Add(new FileRestoreProblem(path, problem.What, problem.Reason));
                        }

                        break;
                    case WriteFilesResponse.PartOneofCase.End when _acknowledged is null:
                        _acknowledged = response.End.Files;
                        break;
                    default:
                        throw BackupErrors.Broken(_options.Name, _claim, "it answers what was not asked");
                }
            }
        }
        finally
        {
            _answers.Writer.TryComplete();
        }
    }

    private async Task<bool> IsWantedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _answers.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(s_stallLimit, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw await ErrorAsync().ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            throw Stalled(error);
        }
    }

    /// <summary>Sends a message. The answer's end ends this too: a write that waits for room does not always learn that nobody makes any more.</summary>
    private async Task SendAsync(WriteFilesRequest request, CancellationToken cancellationToken)
    {
        Task sending = _call.RequestStream.WriteAsync(request, cancellationToken);
        try
        {
            if (await Task.WhenAny(sending, _answering).WaitAsync(s_stallLimit, _options.TimeProvider, cancellationToken).ConfigureAwait(false) == sending)
            {
                await sending.ConfigureAwait(false);
                return;
            }
        }
        catch (TimeoutException error)
        {
            throw Stalled(error);
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        throw await ErrorAsync().ConfigureAwait(false);
    }

    private async Task<ProviderException> ErrorAsync()
    {
        try
        {
            await _answering.ConfigureAwait(false);
            return BackupErrors.Broken(_options.Name, _claim, "it ended before all files were sent");
        }
        catch (RpcException error)
        {
            return BackupErrors.Of(error, _options.Name, _claim);
        }
    }

    private ProviderException Stalled(TimeoutException error) =>
        new(WaybillErrorCode.ProviderBusy, _options.Name, $"Nothing came of the call for {s_stallLimit}", error) { ObjectName = _claim, IsTransient = true };
}
