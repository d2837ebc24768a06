using System.Text;

namespace Waybill.Local;

/// <summary>The output of several commands that ran one after the other, told apart by a mark that none of them knows.</summary>
internal sealed class MarkedOutput
{
    private readonly byte[] _mark;
    private readonly Lock _lock = new();
    private readonly List<CapturedOutput> _parts = [new()];
    private readonly List<(int Index, TaskCompletionSource Ended)> _waiting = [];
    private int _matched;
    private bool _isOver;

    public MarkedOutput(string mark) => _mark = Encoding.ASCII.GetBytes($"\n{mark}\n");

    /// <summary>Gets what a command printed so far, as it is now.</summary>
    /// <param name="index">Its place among those that ran.</param>
    public CapturedOutput Part(int index)
    {
        lock (_lock)
        {
            return index < _parts.Count ? _parts[index].Copy() : new CapturedOutput();
        }
    }

    /// <summary>Waits until the mark behind a command's output was read, or nobody can print any more.</summary>
    /// <param name="index">Its place among those that ran.</param>
    public Task WaitForEndAsync(int index)
    {
        lock (_lock)
        {
            if (_isOver || index < _parts.Count - 1)
            {
                return Task.CompletedTask;
            }

            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((index, ended));
            return ended.Task;
        }
    }

    /// <summary>Reads until nobody can print any more.</summary>
    public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        int count;
        try
        {
            while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                Add(buffer.AsSpan(0, count));
            }
        }
        finally
        {
            lock (_lock)
            {
                _isOver = true;
                Tell();
            }
        }
    }

    private void Tell()
    {
        foreach ((_, TaskCompletionSource ended) in _waiting.Where(waiting => _isOver || waiting.Index < _parts.Count - 1))
        {
            ended.TrySetResult();
        }

        _waiting.RemoveAll(waiting => waiting.Ended.Task.IsCompleted);
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            foreach (byte value in bytes)
            {
                if (value != _mark[_matched])
                {
                    // A line end begins the mark and ends it, and is nowhere else in it: a failed match can only begin again with this byte.
                    _parts[^1].Add(_mark.AsSpan(0, _matched));
                    _matched = 0;
                    if (value != _mark[0])
                    {
                        _parts[^1].Add([value]);
                        continue;
                    }
                }

                if (++_matched == _mark.Length)
                {
                    _parts.Add(new CapturedOutput());
                    _matched = 0;
                    Tell();
                }
            }
        }
    }
}
