namespace Waybill.Bundles.Reading;

/// <summary>Keeps the most recently used values, a fixed number of them. Safe for concurrent callers.</summary>
internal sealed class LruCache<TKey, TValue>(int capacity)
    where TKey : notnull
    where TValue : class
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _order = new();
    private readonly Lock _gate = new();

    public TValue? Find(TKey key)
    {
        lock (_gate)
        {
            if (!_nodes.TryGetValue(key, out LinkedListNode<(TKey Key, TValue Value)>? node))
            {
                return null;
            }

            _order.Remove(node);
            _order.AddFirst(node);
            return node.Value.Value;
        }
    }

    public void Add(TKey key, TValue value)
    {
        lock (_gate)
        {
            if (_nodes.Remove(key, out LinkedListNode<(TKey Key, TValue Value)>? existing))
            {
                _order.Remove(existing);
            }

            _nodes[key] = _order.AddFirst((key, value));
            if (_nodes.Count > capacity)
            {
                _nodes.Remove(_order.Last!.Value.Key);
                _order.RemoveLast();
            }
        }
    }
}
