namespace Waybill.Bundles;

/// <summary>Counts what a restore of a tree writes, holes included, against what the caller allows (spec L-02).</summary>
internal sealed class RestoreBudget(long limit, string name)
{
    private long _spent;

    /// <summary>Refuses a tree that is too large before anything of it is written.</summary>
    public async ValueTask CheckTreeAsync(BundleReader bundle, FileTreeRestoreOptions options, CancellationToken cancellationToken)
    {
        if (limit == long.MaxValue)
        {
            return;
        }

        var whole = new RestoreBudget(limit, name);
        HashSet<ulong> seen = [];
        await foreach (FileTreeEntry entry in bundle.ReadFileEntriesAsync(name, cancellationToken).ConfigureAwait(false))
        {
            if (options.Includes(entry.Path) && entry.Type == FileType.Regular && (entry.LinkGroup == 0 || seen.Add(entry.LinkGroup)))
            {
                whole.Spend(entry.Size);
            }
        }
    }

    /// <summary>Counts a file. A target that cannot make a further name for one asks for its content again, so the sum over the list is not all.</summary>
    public void Spend(long size)
    {
        if (size > limit - _spent)
        {
            throw new WaybillException(WaybillErrorCode.RestoreBudgetExceeded, $"The files would have more than the {limit} bytes that are allowed")
            {
                ObjectName = name,
                Hint = "Compare with what the application really had, and allow more if it is right.",
            };
        }

        _spent += size;
    }
}
