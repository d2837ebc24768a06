using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Facts;

namespace Waybill.Samples.Definitions.Compose;

/// <summary>Finds the volumes of a Compose file: those it declares, and those that only a mount names.</summary>
internal sealed class ComposeVolumes
{
    private readonly ComposeContext _context;
    private readonly Dictionary<string, VolumeEntry> _declared = new(StringComparer.Ordinal);

    public ComposeVolumes(ComposeContext context, DefinitionNode root)
    {
        _context = context;
        foreach ((string key, DefinitionNode node) in context.Document.Entries(root, "volumes"))
        {
            _declared.Add(key, Declare(key, node.Kind == NodeKind.Null ? new DefinitionNode(NodeKind.Mapping, node.Offset) : context.Document.Require(node, NodeKind.Mapping, key)));
        }
    }

    /// <summary>Says of volumes that no service uses that they are there all the same: Docker may still have them.</summary>
    public void ReadUnused()
    {
        foreach (VolumeEntry entry in _declared.Values.Where(entry => entry.Uses.Count == 0))
        {
            entry.AddFact("unused", "true");
        }
    }

    /// <summary>Reads what a service mounts.</summary>
    public void ReadMounts(string service, DefinitionNode definition, string reference)
    {
        foreach (DefinitionNode item in _context.Document.Items(definition, "volumes"))
        {
            if (item.Kind == NodeKind.Scalar)
            {
                AddShort(service, item, reference);
            }
            else
            {
                AddLong(service, _context.Document.Require(item, NodeKind.Mapping, "volumes"), reference);
            }
        }

        foreach ((string path, _) in _context.Values.DecideAll(definition, "tmpfs"))
        {
            AddUnkept(service, "tmpfs", "", path.Split(':')[0], reference);
        }

        foreach ((string device, DefinitionNode node) in Devices(definition))
        {
            AddDevice(service, device, node, reference);
        }
    }

    private IEnumerable<(string Text, DefinitionNode Node)> Devices(DefinitionNode definition) => _context.Document.Items(definition, "devices").Select(item =>
        item.Kind == NodeKind.Scalar ? (_context.Values.Decide(item), item)
        : (_context.Values.Decide(_context.Document.Require(item, NodeKind.Mapping, "devices"), "source") + ":" + _context.Values.Decide(item, "target"), item));

    private VolumeEntry Declare(string key, DefinitionNode node)
    {
        ComposeValues values = _context.Values;
        string name = values.Decide(node, "name");
        DefinitionNode? old = node.Find("external") is { Kind: NodeKind.Mapping } mapping ? mapping : null;
        bool isExternal = old is not null || values.Flag(node, "external");
        name = name.Length > 0 ? name
            : old is not null && values.Decide(old, "name") is { Length: > 0 } oldName ? oldName
            : isExternal ? key
            : $"{_context.Project}_{key}";
        var driver = new DriverOptions(_context.Document.Entries(node, "driver_opts").Select(
            option => KeyValuePair.Create(option.Key, values.Decide(_context.Document.Require(option.Value, NodeKind.Scalar, option.Key)))));
        string reference = _context.ReferenceTo("volumes", key);
        VolumeEntry entry = _context.Volumes.Get(driver.IsMemory ? DefinedVolumeKind.NotKept : DefinedVolumeKind.DockerVolume, name, key, reference);
        entry.AddFact("external", isExternal ? "true" : "");
        entry.AddFact("driver", values.Decide(node, "driver"));
        driver.Describe(entry, _context.Tags);
        _context.AddLabels(node, "labels", TagSource.Label, reference);
        return entry;
    }

    private void AddShort(string service, DefinitionNode item, string reference)
    {
        ShortMount mount;
        try
        {
            mount = ShortMount.Parse(_context.Values.Decide(item));
        }
        catch (FormatException e)
        {
            throw _context.Document.Invalid(item, $"A mount cannot be understood: {e.Message}");
        }

        if (ShortMount.IsPath(mount.Source))
        {
            AddPath(service, mount.Source, mount.Target, mount.IsReadOnly, reference);
        }
        else
        {
            AddVolume(service, mount.Source, mount.Target, mount.IsReadOnly, item, reference);
        }
    }

    private void AddLong(string service, DefinitionNode item, string reference)
    {
        string type = _context.Values.Decide(item, "type");
        string source = _context.Values.Decide(item, "source");
        string target = _context.Values.Decide(item, "target");
        bool isReadOnly = _context.Values.Flag(item, "read_only");
        if (target.Length == 0 || (type == "bind" && source.Length == 0))
        {
            throw _context.Document.Invalid(item, "A mount has no target, or a bind mount no source");
        }

        switch (type)
        {
            case "volume" or "cluster":
                string part = _context.Document.Mapping(item, "volume") is { } more ? _context.Values.Decide(more, "subpath") : "";
                AddVolume(service, source, target, isReadOnly, item, reference).AddFact("subpath", part);
                break;
            case "bind":
                AddPath(service, source, target, isReadOnly, reference);
                break;
            case "tmpfs" or "npipe" or "image":
                AddUnkept(service, type, source, target, reference);
                break;
            default:
                throw _context.Document.Invalid(item, $"'{Shown.Cut(type)}' is not a type of a mount");
        }
    }

    private VolumeEntry AddVolume(string service, string source, string target, bool isReadOnly, DefinitionNode item, string reference)
    {
        VolumeEntry? entry = source.Length > 0 ? _declared.GetValueOrDefault(source)
            : _context.Volumes.Get(DefinedVolumeKind.Anonymous, $"{service}:{target}", "", $"{reference}/volumes/{Shown.Cut(target).TrimStart('/')}");
        if (entry is null)
        {
            throw _context.Document.Invalid(item, $"The file does not declare the volume '{Shown.Cut(source)}'");
        }

        entry.Uses.Add(new VolumeUse(service, target, isReadOnly));
        return entry;
    }

    private void AddPath(string service, string source, string target, bool isReadOnly, string reference)
    {
        string path = HostPaths.Resolve(source, _context.Options.ProjectDirectory);
        VolumeEntry entry = _context.Volumes.Get(DefinedVolumeKind.HostPath, path, "", $"{reference}/volumes/{Shown.Cut(target).TrimStart('/')}");
        entry.Uses.Add(new VolumeUse(service, target, isReadOnly));
    }

    private void AddDevice(string service, string text, DefinitionNode node, string reference)
    {
        string[] parts = text.Split(':');
        if (parts[0].Length == 0)
        {
            throw _context.Document.Invalid(node, "A device has no source");
        }

        // Other names are those of CDI, such as nvidia.com/gpu=all: no storage.
        if (parts[0][0] == '/')
        {
            VolumeEntry entry = _context.Volumes.Get(DefinedVolumeKind.HostPath, parts[0], "", $"{reference}/devices{Shown.Cut(parts[0])}");
            entry.Reason = $"The table has no entry for the device '{Shown.Cut(parts[0])}'; whether it keeps data is not known.";
            entry.Uses.Add(new VolumeUse(service, parts.Length > 1 && parts[1].Length > 0 ? parts[1] : parts[0], IsReadOnly: false));
        }
    }

    private void AddUnkept(string service, string type, string source, string target, string reference)
    {
        VolumeEntry entry = _context.Volumes.Get(DefinedVolumeKind.NotKept, $"{service}:{target}", "", $"{reference}/volumes/{Shown.Cut(target).TrimStart('/')}");
        entry.AddFact("type", type);
        entry.AddFact("image", type == "image" ? source : "");
        entry.Uses.Add(new VolumeUse(service, target, IsReadOnly: false));
    }
}
