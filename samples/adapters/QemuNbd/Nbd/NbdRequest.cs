namespace Waybill.Samples.QemuNbd;

/// <summary>A request that waits for its answer.</summary>
internal sealed class NbdRequest(NbdCommand command, long offset, long length, Memory<byte> destination)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ProviderException? _error;
    private long _received;

    public NbdCommand Command => command;

    public long Offset => offset;

    public long Length => length;

    public Task Done => _done.Task;

    /// <summary>Gets what is known of each context that was asked, by its number.</summary>
    public Dictionary<uint, List<NbdExtent>> Status { get; } = [];

    /// <summary>Gives the part of the destination that a chunk of content belongs to, or fails if it lies outside of what was asked for.</summary>
    public Memory<byte> Claim(ulong at, long count)
    {
        if (command != NbdCommand.Read)
        {
            throw NbdFailure.Protocol($"content came for a {command}");
        }

        if (count <= 0 || at < (ulong)offset || at - (ulong)offset > (ulong)length || (long)(at - (ulong)offset) > length - count)
        {
            throw NbdFailure.Protocol($"{count} bytes at offset {at} came, asked for were {length} at {offset}");
        }

        _received += count;
        return _received <= length
            ? destination.Slice((int)((long)at - offset), (int)count)
            : throw NbdFailure.Protocol($"more than the {length} bytes asked for at offset {offset} came");
    }

    /// <summary>Takes an error; more chunks may follow.</summary>
    public void Refuse(uint error, string message) => _error ??= NbdFailure.Refused(command, offset, error, message);

    /// <summary>Ends the request as the server said it is answered.</summary>
    public void Complete()
    {
        if (_error is not null)
        {
            _done.TrySetException(_error);
            return;
        }

        // A read is answered only if every byte came: otherwise the caller would take what was in its memory for content.
        if (command == NbdCommand.Read && _received != length)
        {
            throw NbdFailure.Protocol($"a read of {length} bytes at offset {offset} was ended after {_received}");
        }

        if (command == NbdCommand.BlockStatus && Status.Count == 0)
        {
            throw NbdFailure.Protocol($"a map from offset {offset} on was ended without any content");
        }

        _done.TrySetResult();
    }

    /// <summary>Ends the request as its connection is gone.</summary>
    public void Fail(Exception error) => _done.TrySetException(error);
}
