using Waybill.Bundles.Format;
using Waybill.Bundles.Sealing;

namespace Waybill.Bundles.Reading;

/// <summary>
/// What a scan sees of records whose key it lacks: where each stands. They belong to some stream of their scope; which one is sealed.
/// Tiles must be named by index nodes or layout, each once, and the stored bytes of the streams must add up (M-26 to M-28, M-31, E-11).
/// </summary>
internal sealed class ClosedRecords
{
    private readonly Dictionary<SealScope, ClosedScope> _scopes = [];
    private (SealScope Scope, long Offset)? _lastTile;

    /// <summary>Gets the records of a scope.</summary>
    public ClosedScope Of(SealScope scope)
    {
        if (!_scopes.TryGetValue(scope, out ClosedScope? closed))
        {
            closed = new ClosedScope();
            _scopes.Add(scope, closed);
        }

        return closed;
    }

    /// <summary>Takes a record that could not be opened.</summary>
    public void Add(in RecordHeader header, SealScope scope)
    {
        Of(scope).Add(header);
        _lastTile = header.Type == RecordType.Tile ? (scope, header.Offset) : null;
    }

    /// <summary>Says that another record came, so that no index node follows directly on the last tile.</summary>
    public void ForgetTile() => _lastTile = null;

    /// <summary>Tells whether an index node stands where full ones do: directly after the first tile behind its own (M-27).</summary>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.RecordOutOfOrder"/>: it stands there and is another one.</exception>
    public bool FollowsTile(StreamInfo stream, IndexNode node, long offset)
    {
        if (_lastTile is not { } tile)
        {
            return false;
        }

        _lastTile = null;
        return tile.Scope == SealScopes.Of(stream.Kind) && node.Level == 1 && node.Entries.Length == BundleFormat.TileFanOut && node.Entries[^1].RecordOffset < tile.Offset
            ? true
            : throw new BundleFormatException(WaybillErrorCode.RecordOutOfOrder, "An index node follows a tile after which none is due") { Offset = offset };
    }

    /// <summary>Checks that nothing is left over once the layout has placed every stream.</summary>
    public void CheckComplete(long place)
    {
        foreach (ClosedScope scope in _scopes.Values)
        {
            scope.CheckComplete(place);
        }
    }
}
