using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer.Kinds;

namespace Waybill.Kubernetes.ApiServer.Storage;

/// <summary>Keeps objects with one revision counter over all of them, and the last changes, so that lists and watches can go back to an earlier revision.</summary>
public sealed class ObjectStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<StoredObject>> _objects = [];
    private readonly List<StoreChange> _changes = [];
    private readonly Dictionary<string, HashSet<(string Kind, string Namespace, string Name)>> _dependents = [];
    private readonly Dictionary<string, int> _inNamespace = [];
    private readonly Dictionary<string, StoredObject> _byUid = [];
    private readonly KindRegistry _kinds;
    private readonly TimeProvider _time;
    private readonly int _history;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _revision = 1000;
    private long _oldest = 1000;

    internal ObjectStore(KindRegistry kinds, TimeProvider time, int history)
    {
        _kinds = kinds;
        _time = time;
        _history = history;
    }

    /// <summary>Gets the newest revision.</summary>
    public long Revision
    {
        get
        {
            lock (_gate)
            {
                return _revision;
            }
        }
    }

    /// <summary>Gets how many objects there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _objects.Values.Sum(list => list.Count);
            }
        }
    }

    /// <summary>Forgets changes, so that lists and watches which began before are told to begin anew.</summary>
    public void Compact()
    {
        lock (_gate)
        {
            _oldest = ++_revision;
            _changes.Clear();
        }
    }

    /// <summary>Puts an object in as it is. What a server would have filled in is added; if nothing is missing, the bytes stay what they are.</summary>
    public StoredObject Load(ReadOnlySpan<byte> json)
    {
        JsonObject node = ObjectJson.Parse(json);
        ResourceKind kind = _kinds.FindName(ObjectJson.Text(node, "apiVersion"), ObjectJson.Text(node, "kind"))
            ?? throw new ArgumentException($"There is no kind {ObjectJson.Text(node, "kind")} in {ObjectJson.Text(node, "apiVersion")}.", nameof(json));
        JsonObject metadata = ObjectJson.Metadata(node);
        lock (_gate)
        {
            long revision = ++_revision;
            if (long.TryParse(ObjectJson.Text(metadata, "resourceVersion"), NumberStyles.None, CultureInfo.InvariantCulture, out long own) && metadata.ContainsKey("uid"))
            {
                revision = _revision = Math.Max(_revision, own);
                return Commit(StoredObject.FromBytes(kind, json.ToArray(), revision), isDeletion: false);
            }

            metadata.TryAdd("uid", Guid.NewGuid().ToString());
            metadata.TryAdd("creationTimestamp", Stamp());
            metadata["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
            node = ObjectJson.WithTypeFirst(node, kind.Name, ObjectJson.Text(node, "apiVersion"));
            return Commit(StoredObject.FromNode(kind, node, revision), isDeletion: false);
        }
    }

    /// <summary>Puts an object in as it is, given as text.</summary>
    public StoredObject Load(string json) => Load(System.Text.Encoding.UTF8.GetBytes(json));

    public bool TryGet(ResourceKind kind, string namespaceName, string name, [NotNullWhen(true)] out StoredObject? found)
    {
        ArgumentNullException.ThrowIfNull(kind);
        lock (_gate)
        {
            found = null;
            if (_objects.TryGetValue(kind.Key, out List<StoredObject>? list) && IndexOf(list, namespaceName, name) is var index and >= 0)
            {
                found = list[index];
            }

            return found is not null;
        }
    }

    /// <summary>Gets an object that must be there.</summary>
    public StoredObject Get(string kind, string namespaceName, string name) =>
        TryGet(_kinds.Get(kind), namespaceName, name, out StoredObject? found) ? found : throw new KeyNotFoundException($"There is no {kind} {namespaceName}/{name}.");

    /// <summary>Lists all objects of a kind as they are now.</summary>
    public IReadOnlyList<StoredObject> List(string kind, string namespaceName = "")
    {
        lock (_gate)
        {
            return _objects.TryGetValue(kind, out List<StoredObject>? list) ? [.. list.Where(o => namespaceName.Length == 0 || o.Namespace == namespaceName)] : [];
        }
    }

    /// <summary>Lists everything there is.</summary>
    public IReadOnlyList<StoredObject> ListAll()
    {
        lock (_gate)
        {
            return [.. _objects.Values.SelectMany(list => list)];
        }
    }

    /// <summary>Takes an object out, whatever it says of finalizers.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string kind, string namespaceName, string name)
    {
        lock (_gate)
        {
            return TryGet(_kinds.Get(kind), namespaceName, name, out StoredObject? found) && Remove(found);
        }
    }

    /// <summary>Creates or replaces an object, changed by the caller.</summary>
    internal StoredObject Write(ResourceKind kind, JsonObject node, StoredObject? expected)
    {
        JsonObject metadata = ObjectJson.Metadata(node);
        lock (_gate)
        {
            string name = ObjectJson.Text(metadata, "name");
            StoredObject? current = TryGet(kind, ObjectJson.Text(metadata, "namespace"), name, out StoredObject? found) ? found : null;
            if (current?.Revision != expected?.Revision)
            {
                throw current is not null && expected is null
                    ? new ApiException(409, "AlreadyExists", $"{kind.Key} \"{name}\" already exists") { Details = new JsonObject { ["name"] = name, ["kind"] = kind.Key } }
                    : ApiException.Conflict(kind.Key, name, "the object has been modified; please apply your changes to the latest version and try again");
            }

            metadata["resourceVersion"] = (_revision + 1).ToString(CultureInfo.InvariantCulture);
            return Commit(StoredObject.FromNode(kind, node, ++_revision), isDeletion: false);
        }
    }

    /// <summary>Removes an object.</summary>
    /// <returns>Whether it was still there, unchanged.</returns>
    internal bool Remove(StoredObject expected)
    {
        lock (_gate)
        {
            if (!TryGet(expected.Kind, expected.Namespace, expected.Name, out StoredObject? current) || current.Revision != expected.Revision)
            {
                return false;
            }

            JsonObject last = current.ToNode();
            ObjectJson.Metadata(last)["resourceVersion"] = (_revision + 1).ToString(CultureInfo.InvariantCulture);
            Commit(StoredObject.FromNode(current.Kind, last, ++_revision), isDeletion: true);
            return true;
        }
    }

    /// <summary>Gets a page of a kind's objects as they were at a revision, behind a key, in the order of keys.</summary>
    /// <exception cref="ApiException">410: what happened since that revision is forgotten.</exception>
    internal List<StoredObject> Page(ResourceKind kind, string namespaceName, long revision, (string Namespace, string Name)? behind, int limit, Func<StoredObject, bool> matches)
    {
        lock (_gate)
        {
            IEnumerable<StoredObject> source = At(kind, revision);
            var page = new List<StoredObject>();
            foreach (StoredObject candidate in source)
            {
                if ((behind is { } key && Compare(candidate, key.Namespace, key.Name) <= 0) || (namespaceName.Length > 0 && candidate.Namespace != namespaceName) || !matches(candidate))
                {
                    continue;
                }

                page.Add(candidate);
                if (page.Count == limit)
                {
                    break;
                }
            }

            return page;
        }
    }

    /// <summary>Gets the changes of a kind behind a revision, and the revision up to which that is all.</summary>
    internal (List<StoreChange> Changes, long UpTo) ChangesSince(ResourceKind kind, long revision)
    {
        lock (_gate)
        {
            Require(revision);
            int first = _changes.FindIndex(change => change.Revision > revision);
            return (first < 0 ? [] : [.. _changes.Skip(first).Where(change => change.After.Kind.Key == kind.Key)], _revision);
        }
    }

    /// <summary>Lists what names an owner by its UID.</summary>
    internal IReadOnlyList<StoredObject> DependentsOf(string uid)
    {
        lock (_gate)
        {
            return _dependents.TryGetValue(uid, out HashSet<(string Kind, string Namespace, string Name)>? keys)
                ? [.. keys.Select(key => TryGet(_kinds.Get(key.Kind), key.Namespace, key.Name, out StoredObject? found) ? found : null).OfType<StoredObject>()]
                : [];
        }
    }

    /// <summary>Gets how many objects lie in a namespace.</summary>
    internal int CountIn(string namespaceName)
    {
        lock (_gate)
        {
            return _inNamespace.GetValueOrDefault(namespaceName);
        }
    }

    /// <summary>Finds the object with a UID.</summary>
    internal StoredObject? FindUid(string uid)
    {
        lock (_gate)
        {
            return _byUid.GetValueOrDefault(uid);
        }
    }

    /// <summary>Waits until something has happened behind a revision.</summary>
    internal Task ChangeBehindAsync(long revision)
    {
        lock (_gate)
        {
            return _revision > revision ? Task.CompletedTask : _changed.Task;
        }
    }

    internal string Stamp() => _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private IEnumerable<StoredObject> At(ResourceKind kind, long revision)
    {
        List<StoredObject> now = _objects.TryGetValue(kind.Key, out List<StoredObject>? list) ? list : [];
        if (revision >= _revision)
        {
            return now;
        }

        Require(revision);
        var then = new Dictionary<(string, string), StoredObject?>();
        foreach (StoreChange change in _changes.Where(change => change.Revision > revision && change.After.Kind.Key == kind.Key))
        {
            then.TryAdd((change.After.Namespace, change.After.Name), change.Before); // the first change behind the revision knows what was before
        }

        return then.Count == 0
            ? now
            : now.Where(o => !then.ContainsKey((o.Namespace, o.Name))).Concat(then.Values.OfType<StoredObject>())
                .OrderBy(o => o.Namespace, StringComparer.Ordinal).ThenBy(o => o.Name, StringComparer.Ordinal);
    }

    private void Require(long revision)
    {
        if (revision < _oldest)
        {
            throw ApiException.Expired($"too old resource version: {revision} ({_oldest})");
        }
    }

    private StoredObject Commit(StoredObject stored, bool isDeletion)
    {
        if (!_objects.TryGetValue(stored.Kind.Key, out List<StoredObject>? list))
        {
            _objects[stored.Kind.Key] = list = [];
        }

        int index = IndexOf(list, stored.Namespace, stored.Name);
        StoredObject? before = index >= 0 ? list[index] : null;
        if (isDeletion)
        {
            list.RemoveAt(index);
        }
        else if (index >= 0)
        {
            list[index] = stored;
        }
        else
        {
            list.Insert(~index, stored);
        }

        Index(before, isDeletion ? null : stored);
        _changes.Add(new StoreChange(stored.Revision, before, stored, isDeletion));
        if (_changes.Count > 2 * _history)
        {
            _oldest = _changes[_changes.Count - _history - 1].Revision;
            _changes.RemoveRange(0, _changes.Count - _history);
        }

        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
        return stored;
    }

    private void Index(StoredObject? before, StoredObject? after)
    {
        if (before is not null)
        {
            _byUid.Remove(before.Uid);
            _inNamespace[before.Namespace]--;
            foreach (string owner in before.Owners)
            {
                _dependents[owner].Remove((before.Kind.Key, before.Namespace, before.Name));
            }
        }

        if (after is not null)
        {
            _byUid[after.Uid] = after;
            _inNamespace[after.Namespace] = _inNamespace.GetValueOrDefault(after.Namespace) + 1;
            foreach (string owner in after.Owners)
            {
                if (!_dependents.TryGetValue(owner, out HashSet<(string Kind, string Namespace, string Name)>? keys))
                {
                    _dependents[owner] = keys = [];
                }

                keys.Add((after.Kind.Key, after.Namespace, after.Name));
            }
        }
    }

    private static int IndexOf(List<StoredObject> list, string namespaceName, string name)
    {
        int low = 0, high = list.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Compare(list[middle], namespaceName, name);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    private static int Compare(StoredObject stored, string namespaceName, string name)
    {
        int order = string.CompareOrdinal(stored.Namespace, namespaceName);
        return order != 0 ? order : string.CompareOrdinal(stored.Name, name);
    }
}
