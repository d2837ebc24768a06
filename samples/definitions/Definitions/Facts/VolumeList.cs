using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Samples.Definitions.Documents;

namespace Waybill.Samples.Definitions.Facts;

/// <summary>Collects the volumes of a definition, each once however often it is used, and looks them up in the table.</summary>
internal sealed class VolumeList(string fileName)
{
    private const int MaxNameLength = 100;

    private readonly OrderedDictionary<(DefinedVolumeKind Kind, string Source), VolumeEntry> _entries = [];

    /// <summary>Gets the volume of that source, and makes it if it is new.</summary>
    /// <param name="kind">By what the definition names it.</param>
    /// <param name="source">The name.</param>
    /// <param name="name">The name of its stream; empty if one is to be made of the source.</param>
    /// <param name="reference">What it is in the definition.</param>
    public VolumeEntry Get(DefinedVolumeKind kind, string source, string name, string reference)
    {
        if (!_entries.TryGetValue((kind, source), out VolumeEntry? entry))
        {
            if (_entries.Count == DocumentLimits.MaxVolumes)
            {
                throw DefinitionDocument.TooLarge(fileName, $"The definition has more than {DocumentLimits.MaxVolumes} volumes");
            }

            entry = new VolumeEntry(IsPlain(name) ? name : NameOf(kind, source), kind, source, reference);
            _entries.Add((kind, source), entry);
        }

        return entry;
    }

    /// <summary>Ends the collection: every volume is mapped or a gap, and a tag says what it was.</summary>
    /// <param name="options">The table.</param>
    /// <param name="application">The name of the application, for the claims.</param>
    /// <param name="tags">Receives tags and gaps.</param>
    public (ImmutableArray<DefinedVolume> All, ImmutableArray<ProtectedVolume> Mapped) Resolve(DefinitionOptions options, string application, TagList tags)
    {
        var all = ImmutableArray.CreateBuilder<DefinedVolume>();
        var mapped = ImmutableArray.CreateBuilder<ProtectedVolume>();
        foreach (VolumeEntry entry in _entries.Values)
        {
            PlatformVolume? platform = options.Volumes.Find(entry.Kind, entry.Source);
            all.Add(new DefinedVolume(entry.Name, entry.Kind, entry.Source) { Uses = [.. entry.Uses], Facts = [.. entry.Facts.Keys], Platform = platform });
            Describe(entry, platform, tags);
            if (platform is null)
            {
                (DefinitionGapKind kind, string reason) = WhyNot(entry);
                tags.AddGap(kind, entry.Reference, entry.Reason.Length > 0 ? entry.Reason : reason);
                continue;
            }

            if (mapped.Any(v => v.Name == entry.Name))
            {
                throw DefinitionDocument.Invalid(fileName, 0, $"Two volumes would both be called '{Shown.Cut(entry.Name)}'");
            }

            if (mapped.FirstOrDefault(v => v.Provider == platform.Provider && v.Volume == platform.Volume) is { } same)
            {
                throw new ArgumentException($"The table says that '{same.Name}' and '{entry.Name}' are the same volume, '{platform.Volume}' of '{platform.Provider}'.", nameof(options));
            }

            mapped.Add(new ProtectedVolume(entry.Name, platform.Provider, platform.Volume) { Facts = new VolumeFacts { Claim = $"{application}/{entry.Name}" } });
        }

        return (all.ToImmutable(), mapped.ToImmutable());
    }

    private static void Describe(VolumeEntry entry, PlatformVolume? platform, TagList tags)
    {
        tags.AddDerived("volume", $"kind={entry.Kind}", entry.Reference);
        tags.AddDerived("volume", $"source={entry.Source}", entry.Reference);
        if (platform is not null)
        {
            tags.AddDerived("volume", $"stream={entry.Name}", entry.Reference);
        }

        foreach (string fact in entry.Facts.Keys)
        {
            tags.AddDerived("volume", fact, entry.Reference);
        }

        foreach (VolumeUse use in entry.Uses)
        {
            tags.AddDerived("volume", $"mount={use}", entry.Reference);
        }
    }

    private static (DefinitionGapKind Kind, string Reason) WhyNot(VolumeEntry entry) => entry.Kind switch
    {
        DefinedVolumeKind.NotKept => (DefinitionGapKind.NotKept, "It lives in memory or belongs to an image; nothing of it is kept."),
        DefinedVolumeKind.Ephemeral => (DefinitionGapKind.NotKept, "It ends with its task."),
        DefinedVolumeKind.AtLaunch => (DefinitionGapKind.VolumeUnknown, "The service says what it is when a task starts; the table has no entry for it."),
        DefinedVolumeKind.Anonymous => (DefinitionGapKind.VolumeUnknown, "It has no name; Docker gives it one at random, and the table has no entry for it."),
        DefinedVolumeKind.HostPath when IsMemory(entry.Source) => (DefinitionGapKind.NotKept, "This path of the host lives in memory."),
        _ => (DefinitionGapKind.VolumeNotMapped, $"The table has no entry for '{Shown.Cut(entry.Source)}'."),
    };

    private static bool IsMemory(string path) =>
        ((string[])["/proc", "/sys", "/run", "/var/run", "/dev/shm"]).Any(root => path == root || path.StartsWith(root + "/", StringComparison.Ordinal));

    /// <summary>Says whether a name can be a stream's as it is. A dot in front would make a hidden file of it on restore.</summary>
    private static bool IsPlain(string name) =>
        name.Length is > 0 and <= MaxNameLength && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>Makes a name that can be read and that no other source has; other volumes that come and go never change it.</summary>
    private static string NameOf(DefinedVolumeKind kind, string source)
    {
        var words = new StringBuilder();
        foreach (char c in source.Take(MaxNameLength / 2))
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                words.Append(c);
            }
            else if (words.Length > 0 && words[^1] != '-')
            {
                words.Append('-');
            }
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind} {source}")))[..8];
        return $"{words.ToString().Trim('-')}-{digest}".TrimStart('-');
    }
}
