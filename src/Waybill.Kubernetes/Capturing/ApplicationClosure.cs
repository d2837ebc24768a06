namespace Waybill.Kubernetes;

/// <summary>
/// Finds what belongs to an application: what was asked for, what it owns, what acts on it, what all of that needs, and the owners above, but not what else
/// those own.
/// </summary>
internal sealed class ApplicationClosure(ObjectGraph graph)
{
    private readonly HashSet<int> _tree = [];
    private readonly HashSet<int> _all = [];
    private readonly Queue<(int Index, bool InTree)> _open = new();

    /// <summary>Finds the members.</summary>
    /// <returns>Their indexes in the graph, in its order.</returns>
    public List<int> Find()
    {
        for (int i = 0; i < graph.Objects.Count; i++)
        {
            if (graph.Objects[i].IsRoot)
            {
                _open.Enqueue((i, true));
            }
        }

        while (_open.TryDequeue(out (int Index, bool InTree) next))
        {
            // Whatever is in the tree was followed further than what is only needed: it may have to be followed a second time.
            bool isNew = next.InTree ? _tree.Add(next.Index) : !_tree.Contains(next.Index) && !_all.Contains(next.Index);
            _all.Add(next.Index);
            if (isNew)
            {
                Follow(next.Index, next.InTree);
            }
        }

        return [.. _all.Order()];
    }

    private void Follow(int index, bool inTree)
    {
        foreach ((int to, RelationKind kind) in graph.RelationsOf(index))
        {
            if (kind is RelationKind.Uses or RelationKind.Owner or RelationKind.Definition)
            {
                _open.Enqueue((to, false));
            }
        }

        foreach (int actor in graph.ActingOn(index))
        {
            _open.Enqueue((actor, true));
        }

        if (inTree)
        {
            foreach (int owned in graph.OwnedBy(index))
            {
                _open.Enqueue((owned, true));
            }
        }
    }
}
