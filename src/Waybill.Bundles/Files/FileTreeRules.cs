using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Waybill.Bundles;

/// <summary>Checks what the entries of a tree must keep among each other, one after the other: spec .</summary>
/// <remarks>Memory does not grow with the number of entries, only by some 50 bytes for each group of hard links.</remarks>
internal sealed class FileTreeRules
{
    private readonly Dictionary<ulong, UInt128> _linkGroups = [];
    private FilePath _previous;
    private FileType? _previousType;

    /// <summary>Checks the next entry.</summary>
    /// <param name="entry">An entry that is valid in itself.</param>
    /// <param name="place">Where it begins in its stream, for errors.</param>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.EntryInvalid"/>.</exception>
    public void Add(FileTreeEntry entry, long place = 0)
    {
        if (_previousType is null)
        {
            if (!entry.Path.IsRoot || entry.Type != FileType.Directory)
            {
                throw Invalid("The first entry of a file tree is not its root directory", entry, place);
            }
        }
        else
        {
            CheckOrder(entry, place);
            CheckParent(entry, place);
        }

        if (entry.LinkGroup != 0)
        {
            CheckLinkGroup(entry, place);
        }

        _previous = entry.Path;
        _previousType = entry.Type;
    }

    /// <summary>Checks that there was an entry at all.</summary>
    public void Complete()
    {
        if (_previousType is null)
        {
            throw new BundleFormatException(WaybillErrorCode.EntryInvalid, "A file tree has no entry, not even for its root directory");
        }
    }

    private void CheckOrder(FileTreeEntry entry, long place)
    {
        int order = _previous.CompareTo(entry.Path);
        if (order >= 0)
        {
            throw Invalid(order == 0 ? "A path occurs twice in a file tree" : "The entries of a file tree are not in order", entry, place);
        }
    }

    // All directories above the previous entry are entries themselves, by induction; so in this order a parent is one of them or the previous entry.
    private void CheckParent(FileTreeEntry entry, long place)
    {
        FilePath parent = entry.Path.Parent;
        bool exists = parent == _previous ? _previousType == FileType.Directory : _previous.IsBelow(parent);
        if (!exists)
        {
            throw Invalid("A file lies in something that is not a directory of its tree", entry, place);
        }
    }

    private void CheckLinkGroup(FileTreeEntry entry, long place)
    {
        UInt128 fingerprint = Fingerprint(entry);
        if (!_linkGroups.TryAdd(entry.LinkGroup, fingerprint) && _linkGroups[entry.LinkGroup] != fingerprint)
        {
            throw Invalid("Two names of one file disagree about it", entry, place);
        }
    }

    private static UInt128 Fingerprint(FileTreeEntry entry)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(FileEntryCodec.Encode(entry with { Path = FilePath.Root }), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private static BundleFormatException Invalid(string message, FileTreeEntry entry, long place) =>
        new(WaybillErrorCode.EntryInvalid, message) { ObjectName = entry.Path.ToString(), Offset = place };
}
