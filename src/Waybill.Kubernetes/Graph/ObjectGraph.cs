namespace Waybill.Kubernetes;

/// <summary>Objects by name and UID, and what each has to do with others.</summary>
internal sealed class ObjectGraph
{
    private readonly Dictionary<ObjectKey, int> _byKey = [];
    private readonly Dictionary<string, List<int>> _byOwner = new(StringComparer.Ordinal);
    private readonly Dictionary<int, List<int>> _actors = [];
    private readonly List<ScannedObject> _objects = [];

    public IReadOnlyList<ScannedObject> Objects => _objects;

    /// <summary>Adds objects that were read since the last time.</summary>
    public void Add(IEnumerable<ScannedObject> found)
    {
        foreach (ScannedObject scanned in found.Where(scanned => _byKey.TryAdd(scanned.Key, _objects.Count)))
        {
            foreach (string uid in scanned.Owners.Select(owner => owner.Uid).Where(uid => uid.Length > 0))
            {
                Append(_byOwner, uid, _objects.Count);
            }

            _objects.Add(scanned);
        }

        FindActors();
    }

    public bool TryFind(ObjectKey key, out int index) =>
        _byKey.TryGetValue(key, out index) || (key.Namespace.Length > 0 && _byKey.TryGetValue(key with { Namespace = "" }, out index));

    /// <summary>Gets what an object owns directly.</summary>
    public IReadOnlyList<int> OwnedBy(int index) =>
        _objects[index].Uid.Length > 0 && _byOwner.TryGetValue(_objects[index].Uid, out List<int>? owned) ? owned : [];

    /// <summary>Gets what acts on an object.</summary>
    public IReadOnlyList<int> ActingOn(int index) => _actors.TryGetValue(index, out List<int>? actors) ? actors : [];

    /// <summary>Gets the relations of an object to others that were read.</summary>
    public IEnumerable<(int To, RelationKind Kind)> RelationsOf(int index)
    {
        ScannedObject from = _objects[index];
        foreach (ObjectReference reference in from.References)
        {
            if (TryFind(reference.Target, out int to) && to != index)
            {
                yield return (to, reference.Kind);
            }
        }

        foreach (int claim in ClaimsOf(from))
        {
            yield return (claim, RelationKind.Uses);
        }

        if (from.PodSelector is { } selector)
        {
            foreach (int pod in PodsOf(from, selector))
            {
                yield return (pod, RelationKind.ActsOn);
            }
        }
    }

    private void FindActors()
    {
        _actors.Clear();
        for (int i = 0; i < _objects.Count; i++)
        {
            foreach ((int to, RelationKind kind) in RelationsOf(i))
            {
                if (kind == RelationKind.ActsOn)
                {
                    if (!_actors.TryGetValue(to, out List<int>? actors))
                    {
                        _actors[to] = actors = [];
                    }

                    actors.Add(i);
                }
            }
        }
    }

    private IEnumerable<int> ClaimsOf(ScannedObject set)
    {
        if (set.ClaimPrefixes.IsEmpty)
        {
            yield break;
        }

        for (int i = 0; i < _objects.Count; i++)
        {
            ObjectKey key = _objects[i].Key;
            if (key is { Group: "", Kind: "PersistentVolumeClaim" } && key.Namespace == set.Key.Namespace
                && set.ClaimPrefixes.Any(prefix => key.Name.StartsWith(prefix, StringComparison.Ordinal) && key.Name.AsSpan(prefix.Length).IndexOfAnyExceptInRange('0', '9') < 0))
            {
                yield return i;
            }
        }
    }

    private IEnumerable<int> PodsOf(ScannedObject actor, LabelSelector selector)
    {
        for (int i = 0; i < _objects.Count; i++)
        {
            if (_objects[i].PodLabels is { } labels && _objects[i].Key.Namespace == actor.Key.Namespace && selector.Matches(labels))
            {
                yield return i;
            }
        }
    }

    private static void Append(Dictionary<string, List<int>> lists, string key, int value)
    {
        if (!lists.TryGetValue(key, out List<int>? list))
        {
            lists[key] = list = [];
        }

        list.Add(value);
    }
}
