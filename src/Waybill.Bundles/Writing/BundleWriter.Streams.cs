using Waybill.Bundles.Chains;
using Waybill.Bundles.Format;
using Waybill.Bundles.Writing;

namespace Waybill.Bundles;

/// <content>Adding streams.</content>
public sealed partial class BundleWriter
{
    /// <summary>Adds a block volume: full, or what changed since the parent.</summary>
    /// <param name="request">The volume and how to find its changes.</param>
    /// <param name="progress">Receives totals as cells are written; may be called often and from any thread.</param>
    /// <param name="cancellationToken">Ends the call early; the bundle can then not be completed.</param>
    /// <returns>What the manifest will say of the stream.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.IncrementalRefused"/> where only a full is safe, <see cref="WaybillErrorCode.ChangedRangesInvalid"/>,
    /// <see cref="WaybillErrorCode.SourceReadFailed"/>, <see cref="WaybillErrorCode.SourceChanged"/>, or a failure of the output.
    /// </exception>
    public Task<StreamInfo> AddVolumeAsync(VolumeRequest request, IProgress<BundleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return AddSourceAsync(StreamKind.BlockVolume, request, _options.BlockSize, request.CompareChanged, progress, cancellationToken);
    }

    /// <summary>Opens a stream whose bytes the caller hands over in order, such as a database dump. It is stored in full.</summary>
    /// <param name="kind"><see cref="StreamKind.Bytes"/> or <see cref="StreamKind.BlockVolume"/>.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The open stream; the caller completes and disposes it.</returns>
    public Task<BundleStreamWriter> OpenStreamAsync(StreamKind kind, string name, CancellationToken cancellationToken = default)
    {
        if (kind is not (StreamKind.Bytes or StreamKind.BlockVolume))
        {
            throw new ArgumentException("Only plain bytes and block volumes can be handed over in order.", nameof(kind));
        }

        return OpenPushStreamAsync(kind, name, cancellationToken);
    }

    internal async Task<BundleStreamWriter> OpenPushStreamAsync(StreamKind kind, string name, CancellationToken cancellationToken)
    {
        StreamBuilder stream = await RegisterAsync(kind, name, _options.BlockSize, null, cancellationToken).ConfigureAwait(false);
        return new BundleStreamWriter(stream, _core, _pipeline, EndAsync);
    }

    /// <summary>Adds a stream read from a source, against the parent's stream of the same kind and name if there is one.</summary>
    internal async Task<StreamInfo> AddSourceAsync(
        StreamKind kind, VolumeRequest request, int blockSize, bool compareListed, IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        RequireState(State.Open);
        long length = request.Source.Length;
        StreamInfo? origin = request.ForceFull ? null : _parent?.Manifest.FindStream(kind, request.Name);
        CheckIncremental(kind, request, length, origin);
        StreamBuilder stream = await RegisterAsync(kind, request.Name, blockSize, origin, cancellationToken).ConfigureAwait(false);
        ResolvedStream? parent = origin is null ? null : _parent!.OpenResolved(origin);
        try
        {
            await SubmitCellsAsync(stream, request, length, parent, compareListed, progress, cancellationToken).ConfigureAwait(false);
            StreamInfo result = await EndAsync(stream, WithFacts(stream.Info, request, origin), cancellationToken).ConfigureAwait(false);
            SourceReading.RequireLength(request.Source, length, request.Name);
            return result;
        }
        catch (Exception e)
        {
            await StopAsync(e).ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (parent is not null)
            {
                await parent.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Makes the bundle one that cannot be completed.</summary>
    private async Task StopAsync(Exception e)
    {
        // Others must not get the cancellation that this caller asked for.
        Exception cause = e is OperationCanceledException ? new InvalidOperationException("Adding a stream was cancelled; the bundle cannot be completed.") : e;
        await _pipeline.StopAsync(cause).ConfigureAwait(false);
    }

    private async Task SubmitCellsAsync(
        StreamBuilder stream, VolumeRequest request, long length, ResolvedStream? parent, bool compareListed, IProgress<BundleProgress>? progress, CancellationToken cancellationToken)
    {
        var copy = new VolumeCopy(_core, stream, request.Source, length, progress);
        if (parent is not null && request.ChangedRanges is { } ranges)
        {
            List<ByteRange> aligned = ChangedRanges.AlignToBlocks(WithGrowth(ranges, parent.Length, length, stream.Info.BlockSize), stream.Info.BlockSize, length);
            foreach (PipelineJob job in copy.Listed(parent, aligned, compareListed))
            {
                await _pipeline.SubmitAsync(job, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            IAsyncEnumerable<PipelineJob> jobs = parent is null ? copy.FullAsync(cancellationToken) : copy.CompareAsync(parent, cancellationToken);
            await foreach (PipelineJob job in jobs.ConfigureAwait(false))
            {
                await _pipeline.SubmitAsync(job, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static IEnumerable<ByteRange> WithGrowth(IReadOnlyList<ByteRange> ranges, long parentLength, long length, int blockSize)
    {
        // Only file data may grow with a list (I-04); what lies behind the parent's end, and a last block that changed its size, cannot be inherited.
        long grownFrom = length == parentLength ? length : Math.Min(length, parentLength) / blockSize * blockSize;
        foreach (ByteRange range in ranges)
        {
            long end = Math.Min(range.End, grownFrom);
            if (range.Offset < end)
            {
                yield return ByteRange.FromBounds(range.Offset, end);
            }
        }

        if (grownFrom < length)
        {
            yield return ByteRange.FromBounds(grownFrom, length);
        }
    }

    private static StreamInfo WithFacts(StreamInfo info, VolumeRequest request, StreamInfo? origin)
    {
        ChangeReport given = request.Change ?? new ChangeReport(ChangeKind.Unspecified);
        ChangeReport change = origin is null ? given with { Kind = ChangeKind.FullRead }
            : request.ChangedRanges is not { } ranges ? given with { Kind = ChangeKind.HashCompare }
            : given with
            {
                Kind = info.Kind == StreamKind.FileData ? ChangeKind.FileWalk : ChangeKind.ChangedRanges,
                ReportedRanges = ranges.Count,
                ReportedBytes = ranges.Sum(r => r.Length),
            };
        return info with { Change = change, Volume = request.Facts };
    }

    private static void CheckIncremental(StreamKind kind, VolumeRequest request, long length, StreamInfo? origin)
    {
        if (request.ChangedRanges is not { } ranges)
        {
            return;
        }

        ChangedRanges.Check(ranges, length, request.Name);
        if (origin is null)
        {
            throw Refused(request.Name, "There is no parent stream that the list of changed ranges could relate to", "Leave the list out to make a full backup.");
        }

        if (kind == StreamKind.BlockVolume && origin.VirtualLength != length)
        {
            throw ResizeRefused(request.Name, origin.VirtualLength, length);
        }
    }

    private static WaybillException ResizeRefused(string name, long before, long now) => Refused(
        name,
        $"The volume had {before} bytes in the parent and has {now} now; change tracking across a resize is not safe",
        "Leave the list of changed ranges out, so that everything is compared, or make a full backup.");

    private static WaybillException Refused(string name, string message, string hint) =>
        new(WaybillErrorCode.IncrementalRefused, message) { ObjectName = name, Hint = hint };

    /// <summary>Gives a stream its number and begins it. Callers may come at once, but the format has streams begin in the order of their numbers.</summary>
    private async Task<StreamBuilder> RegisterAsync(StreamKind kind, string name, int blockSize, StreamInfo? origin, CancellationToken cancellationToken)
    {
        // Whoever gives up must be seen to: a cancelled caller begins too, and by that ends the bundle.
        await _beginning.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            StreamBuilder stream = Register(kind, name, blockSize, origin);
            try
            {
                await BeginAsync(stream, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The number is taken, and nothing may follow it.
                await StopAsync(e).ConfigureAwait(false);
                throw;
            }

            return stream;
        }
        finally
        {
            _beginning.Release();
        }
    }

    private StreamBuilder Register(StreamKind kind, string name, int blockSize, StreamInfo? origin)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!StreamName.IsValid(name))
        {
            throw new WaybillException(WaybillErrorCode.UnsafeName, "The name of a stream must have 1 to 255 bytes, no '/', '\\' or control characters, and not be '.' or '..'")
            {
                Hint = "Stream names become file names when they are restored.",
            };
        }

        lock (_gate)
        {
            RequireState(State.Open);
            if (_streams.Any(s => s.Info.Kind == kind && s.Info.Name == name))
            {
                throw new ArgumentException($"The bundle has a stream '{name}' of this kind already.", nameof(name));
            }

            if (_streams.Count == BundleFormat.MaxStreams)
            {
                throw new WaybillException(WaybillErrorCode.LimitExceeded, "A bundle has at most 65 535 streams");
            }

            // A stream that is stored in full although the parent has it keeps its identity and its grid.
            StreamInfo? known = origin ?? _parent?.Manifest.FindStream(kind, name);
            var stream = new StreamBuilder(new StreamInfo
            {
                Number = _streams.Count,
                Id = known?.Id ?? NewStreamId(kind, name),
                Kind = kind,
                Name = name,
                BlockSize = known?.BlockSize ?? blockSize,
                CellSize = known?.CellSize ?? _options.CellSize,
                ParentRoot = origin?.Root ?? default,
                ParentLength = origin?.VirtualLength ?? 0,
                VirtualLength = 0,
                LeafCount = 0,
                Root = default,
            });
            _streams.Add(stream);
            Interlocked.Increment(ref _openStreams);
            return stream;
        }
    }

    private async Task BeginAsync(StreamBuilder stream, CancellationToken cancellationToken)
    {
        var job = new ControlJob(async token =>
        {
            var begin = new Wire.StreamBegin
            {
                Header = StreamCodec.HeaderToWire(stream.Info),
                BundleId = Id.ToWire(),
                Application = _head.Application.ToWire(),
                Created = _head.Created.ToWire(),
            };
            await _core.Emitter.EmitAsync(RecordType.StreamBegin, begin, token).ConfigureAwait(false);
            _core.StreamOpened(stream);
        });
        await _pipeline.SubmitAsync(job, cancellationToken).ConfigureAwait(false);
    }

    private async Task<StreamInfo> EndAsync(StreamBuilder stream, StreamInfo facts, CancellationToken cancellationToken)
    {
        var job = new ControlJob(async token =>
        {
            await stream.EndAsync(facts, _core.Emitter, token).ConfigureAwait(false);
            _core.StreamEnded(stream);
        });
        await _pipeline.SubmitAsync(job, cancellationToken).ConfigureAwait(false);
        await job.Done.WaitAsync(cancellationToken).ConfigureAwait(false);
        Interlocked.Decrement(ref _openStreams);
        return stream.Info;
    }
}
