using System.Collections.Immutable;
using System.Text;

namespace Waybill.Samples.FileShare;

/// <summary>Reads a share of an SMB server.</summary>
internal sealed class SmbReader(SmbSession session) : IShareReader
{
    public string Blindness =>
        "read over SMB, which shows no symbolic or hard links (they look like what they lead to), no names that are not Unicode (and others under names made up for them), no set-id and sticky bits, " +
        "no extended attributes and no holes: whatever the server has of these is not in this tree";

    public ValueTask<ShareItem> FindAsync(FilePath path, CancellationToken cancellationToken) =>
        session.ReadAsync(context => context.Find(session.Url(path)), cancellationToken);

    public ValueTask<IReadOnlyList<ShareItem>> ListAsync(FilePath directory, CancellationToken cancellationToken) =>
        session.ReadAsync(context => context.List(session.Url(directory)), cancellationToken);

    public ValueTask<FileTreeEntry> DescribeAsync(FileTreeEntry entry, CancellationToken cancellationToken) =>
        session.ReadAsync(context => Describe(context, entry, session.Url(entry.Path)), cancellationToken);

    public async ValueTask<FileContent> OpenAsync(FileTreeEntry entry, CancellationToken cancellationToken)
    {
        var file = new SmbFile(session, session.Url(entry.Path), SmbLibrary.ReadOnly, SmbLibrary.ReadOnly);
        await file.OpenAsync(cancellationToken).ConfigureAwait(false);
        return new SmbContent(session, file, entry);
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();

    private static FileTreeEntry Describe(SmbContext context, FileTreeEntry entry, string url)
    {
        if (SmbNames.LooksMadeUp(entry.Path.Name))
        {
            entry = entry with { Gaps = entry.Gaps.Add(new FileGap(FileGap.Metadata, "the name looks made up by the server for one that SMB cannot show")) };
        }

        string? text = context.GetXattr(url, SmbAttributes.Security);
        if (text is null)
        {
            return entry with { Gaps = entry.Gaps.Add(new FileGap(FileGap.Metadata, "the server gives no security descriptor: owner and permissions are not known")) };
        }

        SmbSecurity security;
        try
        {
            security = SmbSecurity.Parse(text);
        }
        catch (FormatException e)
        {
            return entry with { Gaps = entry.Gaps.Add(new FileGap(FileGap.Metadata, $"the security descriptor is not understood: {e.Message}")) };
        }

        ImmutableArray<FileGap> gaps = entry.Gaps;
        if (security.UserId is null || security.GroupId is null)
        {
            gaps = gaps.Add(new FileGap(FileGap.Metadata, $"owner {security.Owner} or group {security.Group} has no number here; both are kept by name and in the security descriptor"));
        }

        // The text is kept as the library takes it back: it says more than mode and owner can.
        return entry with
        {
            Mode = security.Mode,
            UserId = security.UserId ?? 65534,
            GroupId = security.GroupId ?? 65534,
            UserName = Name(context.GetXattr(url, SmbAttributes.OwnerName)),
            GroupName = Name(context.GetXattr(url, SmbAttributes.GroupName)),
            Xattrs = [new FileXattr([.. Encoding.UTF8.GetBytes(SmbAttributes.Security)], [.. Encoding.UTF8.GetBytes(security.ToString())])],
            Gaps = gaps,
        };
    }

    private static ImmutableArray<byte> Name(string? account)
    {
        string name = account?[(account.LastIndexOf('\\') + 1)..] ?? "";

        // An account without a name is shown as its number or SID.
        return name.Length == 0 || name.All(char.IsAsciiDigit) || name.StartsWith("S-1-", StringComparison.Ordinal) ? [] : [.. Encoding.UTF8.GetBytes(name)];
    }
}
