namespace Waybill.Samples.MinimalDriver;

/// <summary>The changes between two snapshots, found by comparing them; a platform that keeps track knows without reading.</summary>
internal sealed class Comparison(string before, string after) : RangeDelta
{
    public const int Unit = 4096;

    public override async IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using FileBlockReader one = FileBlockReader.Open(before), two = FileBlockReader.Open(after);
        byte[] old = new byte[256 * Unit], now = new byte[256 * Unit];
        for (long offset = startingOffset / Unit * Unit; offset < two.Length; offset += now.Length)
        {
            Array.Clear(old);
            int length = await two.ReadAsync(offset, now, cancellationToken);
            _ = offset < one.Length ? await one.ReadAsync(offset, old, cancellationToken) : 0;
            foreach (int at in Enumerable.Range(0, (length + Unit - 1) / Unit).Select(i => i * Unit))
            {
                int size = Math.Min(Unit, length - at);
                if (!now.AsSpan(at, size).SequenceEqual(old.AsSpan(at, size)))
                {
                    yield return new ChangedRange(new ByteRange(offset + at, size));
                }
            }
        }
    }
}
