using System.Diagnostics.CodeAnalysis;
using Waybill.Bundles.Entries;
using Waybill.Bundles.Salvaging;

namespace Waybill.Bundles;

/// <summary>The entries that are left of a stream of entries, in their order. Made by <see cref="BundleSalvager"/>; enumerate it once.</summary>
/// <typeparam name="T"><see cref="FileTreeEntry"/> or <see cref="ResourceObject"/>.</typeparam>
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix", Justification = "Entries is the plural of what it holds.")]
public sealed class SalvagedEntries<T> : IAsyncEnumerable<SalvagedEntry<T>>
    where T : class
{
    private const int MaxPiece = 256 * 1024;

    private readonly SalvageReport _report;
    private readonly SalvagedStream _stream;
    private readonly EntryFinder<T> _finder;

    internal SalvagedEntries(SalvageReport report, SalvagedStream stream, Func<RawEntry, T?> decode)
    {
        _report = report;
        _stream = stream;
        _finder = new EntryFinder<T>(stream.Kind!.Value, decode);
    }

    /// <summary>Gets whether every entry of the stream was listed. Counts once the enumeration has come to its end.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Lists the entries.</summary>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The entries; <see cref="IsComplete"/> says at the end whether these are all.</returns>
    public async IAsyncEnumerator<SalvagedEntry<T>> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        SalvagedContent content = BundleSalvager.OpenStream(_report, _stream);
        await using (content.ConfigureAwait(false))
        {
            var buffer = new byte[MaxPiece];
            foreach (SalvageRange range in _stream.GetRanges())
            {
                long position = range.Range.Offset;
                while (position < range.Range.End && range.State is SalvageState.Verified or SalvageState.Present && !(range.IsZero && _finder.IgnoresZeros(range.Range.Length)))
                {
                    Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, range.Range.End - position));
                    if (!await TryReadAsync(content, position, piece, cancellationToken).ConfigureAwait(false))
                    {
                        break;
                    }

                    _finder.Append(piece.Span, position);
                    position += piece.Length;
                    while (_finder.TryTake(out SalvagedEntry<T> entry))
                    {
                        yield return entry;
                    }
                }

                if (position < range.Range.End)
                {
                    _finder.BeginGap();
                    while (_finder.TryTake(out SalvagedEntry<T> entry))
                    {
                        yield return entry;
                    }
                }
            }

            bool endKnown = _stream.VirtualLength is not null;
            IsComplete = _finder.IsAtEntry && endKnown;
            _finder.BeginGap();
            while (_finder.TryTake(out SalvagedEntry<T> entry))
            {
                yield return entry;
            }
        }
    }

    private static async ValueTask<bool> TryReadAsync(SalvagedContent content, long offset, Memory<byte> piece, CancellationToken cancellationToken)
    {
        try
        {
            await content.ReadAsync(offset, piece, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (WaybillException e) when (e.Code == WaybillErrorCode.ContentUnknown)
        {
            // It was there during the scan; the source got worse.
            return false;
        }
    }
}
