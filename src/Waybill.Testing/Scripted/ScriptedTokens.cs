namespace Waybill.Testing;

/// <summary>The tokens that a list of changes hands out with its ranges. A later list of the same snapshot, or time, makes them useless.</summary>
internal sealed class ScriptedTokens(ScriptedProvider provider, ScriptedSnapshot target)
{
    private readonly Lock _gate = new();
    private readonly List<(ByteRange Range, int List, DateTimeOffset Issued)> _issued = [];

    public int BeginList() => provider.BeginList(target);

    public void Issue(int list, ByteRange range)
    {
        lock (_gate)
        {
            _issued.RemoveAll(token => token.Range == range);
            _issued.Add((range, list, provider.Options.TimeProvider.GetUtcNow()));
        }
    }

    /// <summary>Fails unless tokens that are good cover the range.</summary>
    public void Check(ByteRange range)
    {
        (ByteRange Range, int List, DateTimeOffset Issued)[] issued;
        lock (_gate)
        {
            issued = [.. _issued.OrderBy(token => token.Range)];
        }

        DateTimeOffset now = provider.Options.TimeProvider.GetUtcNow();
        IEnumerable<ByteRange> good = issued
            .Where(token => provider.IsLatestList(target, token.List) && !(now - token.Issued > provider.Options.ListLifetime))
            .Select(token => token.Range);
        if (ScriptedListedReader.Covers(good, range))
        {
            return;
        }

        throw ScriptedListedReader.Covers(issued.Select(token => token.Range), range)
            ? provider.Failure(WaybillErrorCode.ChangeListExpired, $"The tokens for {range.Offset} to {range.End} of {target.Descriptor.Id} are no longer good.")
            : provider.Failure(WaybillErrorCode.ProviderFailed, $"There is no token for {range.Offset} to {range.End} of {target.Descriptor.Id}.");
    }
}
