using System.Text;

namespace Waybill.Local;

/// <summary>The output of several commands that ran one after the other, told apart by a mark that none of them knows.</summary>
internal sealed class MarkedOutput
{
    private readonly byte[] _mark;
    private readonly Lock _lock = new();
    private readonly List<CapturedOutput> _parts = [new()];
    private int _matched;

    public MarkedOutput(string mark) => _mark = Encoding.ASCII.GetBytes($"\n{mark}\n");

    /// <summary>Gets what a command printed.</summary>
    /// <param name="index">Its place among those that ran.</param>
    public CapturedOutput Part(int index)
    {
        lock (_lock)
        {
            return index < _parts.Count ? _parts[index] : new CapturedOutput();
        }
    }

    /// <summary>Reads until nobody can print any more.</summary>
    public async Task ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            Add(buffer.AsSpan(0, count));
        }
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
                }
            }
        }
    }
}
