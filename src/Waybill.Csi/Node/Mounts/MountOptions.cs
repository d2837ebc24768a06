using System.Collections.Immutable;

namespace Waybill.Csi;

/// <summary>Mount flags as a storage class writes them, taken apart for mount(2).</summary>
/// <param name="Flags">Those that are flags of the kernel.</param>
/// <param name="Data">Those of the file system.</param>
internal sealed record MountOptions(nuint Flags, ImmutableArray<string> Data)
{
    // Flags that the kernel shows of a mount in these words, so that two sets can be compared.
    private static readonly (string Word, nuint Flag)[] s_shown =
        [("ro", NodeLibc.MountReadOnly), ("nosuid", 2), ("nodev", 4), ("noexec", 8), ("noatime", 1 << 10), ("nodiratime", 1 << 11)];

    private static readonly Dictionary<string, (nuint Set, nuint Clear)> s_words = new(StringComparer.Ordinal)
    {
        ["defaults"] = (0, 0),
        ["ro"] = (NodeLibc.MountReadOnly, 0),
        ["rw"] = (0, NodeLibc.MountReadOnly),
        ["nosuid"] = (2, 0),
        ["suid"] = (0, 2),
        ["nodev"] = (4, 0),
        ["dev"] = (0, 4),
        ["noexec"] = (8, 0),
        ["exec"] = (0, 8),
        ["sync"] = (16, 0),
        ["async"] = (0, 16),
        ["dirsync"] = (128, 0),
        ["noatime"] = (1 << 10, 0),
        ["atime"] = (0, 1 << 10),
        ["nodiratime"] = (1 << 11, 0),
        ["diratime"] = (0, 1 << 11),
        ["relatime"] = (1 << 21, 0),
        ["norelatime"] = (0, 1 << 21),
        ["strictatime"] = (1 << 24, 0),
        ["nostrictatime"] = (0, 1 << 24),
        ["lazytime"] = (1 << 25, 0),
        ["nolazytime"] = (0, 1 << 25),
    };

    // They would make of the call something other than mounting this device, or are for the mount command and no kernel.
    private static readonly HashSet<string> s_refused = new(StringComparer.Ordinal)
    {
        "bind", "rbind", "move", "remount", "loop", "private", "shared", "slave", "unbindable", "user", "users", "auto", "noauto", "owner", "group",
    };

    public bool IsReadOnly => (Flags & NodeLibc.MountReadOnly) != 0;

    /// <summary>Takes flags apart; of two that contradict each other the later one counts.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: one cannot be a flag of a volume.</exception>
    public static MountOptions Parse(IEnumerable<string> words)
    {
        nuint flags = 0;
        ImmutableArray<string>.Builder data = ImmutableArray.CreateBuilder<string>();
        foreach (string word in words.SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            if (s_words.TryGetValue(word, out (nuint Set, nuint Clear) known))
            {
                flags = (flags & ~known.Clear) | known.Set;
            }
            else if (s_refused.Contains(word.Split('=')[0]) || word.Contains('\0', StringComparison.Ordinal))
            {
                throw CallError.Invalid($"'{word}' cannot be a mount flag of a volume.");
            }
            else
            {
                data.Add(word);
            }
        }

        return new MountOptions(flags, data.ToImmutable());
    }

    public MountOptions WithReadOnly() => this with { Flags = Flags | NodeLibc.MountReadOnly };

    /// <summary>Adds an option of the file system unless that, or its opposite, is there.</summary>
    public MountOptions WithDefault(string option)
    {
        string name = option.Split('=')[0];
        return Data.Any(word => word.Split('=')[0] is { } given && (given == name || given == "no" + name)) ? this : this with { Data = Data.Add(option) };
    }

    /// <summary>Whether a mount is as these options ask for, in what the kernel shows of both.</summary>
    public bool Match(MountEntry entry) => Array.TrueForAll(s_shown, shown => MountEntry.Has(entry.Options, shown.Word) == ((Flags & shown.Flag) != 0));
}
