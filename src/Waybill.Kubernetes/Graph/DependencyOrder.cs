namespace Waybill.Kubernetes;

/// <summary>Sorts objects so that each comes behind what it needs, and by their kinds where nothing else decides.</summary>
internal static class DependencyOrder
{
    /// <summary>Sorts.</summary>
    /// <param name="keys">The objects.</param>
    /// <param name="needs">For each object, by its index, the indexes of those it needs.</param>
    /// <returns>Indexes in their new order. Objects that need each other in a circle stand where their kinds put them.</returns>
    public static List<int> Sort(IReadOnlyList<ObjectKey> keys, IReadOnlyList<IReadOnlyCollection<int>> needs)
    {
        var open = new int[keys.Count];
        var neededBy = new List<int>[keys.Count];
        for (int i = 0; i < keys.Count; i++)
        {
            foreach (int need in needs[i].Where(need => need != i).Distinct())
            {
                open[i]++;
                (neededBy[need] ??= []).Add(i);
            }
        }

        var ready = new PriorityQueue<int, Place>();
        var waiting = new PriorityQueue<int, Place>();
        for (int i = 0; i < keys.Count; i++)
        {
            (open[i] == 0 ? ready : waiting).Enqueue(i, new Place(keys[i]));
        }

        var order = new List<int>(keys.Count);
        var placed = new bool[keys.Count];
        while (order.Count < keys.Count)
        {
            int next = ready.Count > 0 ? ready.Dequeue() : waiting.Dequeue();
            if (placed[next])
            {
                continue;
            }

            placed[next] = true;
            order.Add(next);
            foreach (int dependent in neededBy[next] ?? [])
            {
                if (--open[dependent] == 0 && !placed[dependent])
                {
                    ready.Enqueue(dependent, new Place(keys[dependent]));
                }
            }
        }

        return order;
    }

    private readonly record struct Place(int Rank, ObjectKey Key) : IComparable<Place>
    {
        public Place(ObjectKey key)
            : this(ResourceOrder.RankOf(key.Group, key.Kind), key)
        {
        }

        public int CompareTo(Place other)
        {
            int order = Rank.CompareTo(other.Rank);
            order = order != 0 ? order : string.CompareOrdinal(Key.Group, other.Key.Group);
            order = order != 0 ? order : string.CompareOrdinal(Key.Kind, other.Key.Kind);
            order = order != 0 ? order : string.CompareOrdinal(Key.Namespace, other.Key.Namespace);
            return order != 0 ? order : string.CompareOrdinal(Key.Name, other.Key.Name);
        }
    }
}
