using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>A list of changes; its shape decides what their content is read from.</summary>
internal sealed class ScriptedRangeDelta : RangeDelta
{
    private readonly ScriptedProvider _provider;
    private readonly ScriptedSnapshot _target;
    private readonly ImmutableArray<ChangedRange> _changes;
    private readonly ScriptedTokens? _tokens;
    private readonly BlockReader? _reader;

    public ScriptedRangeDelta(ScriptedProvider provider, ScriptedSnapshot target, ImmutableArray<ChangedRange> changes)
    {
        _provider = provider;
        _target = target;
        _changes = changes;
        switch (provider.Options.Shape)
        {
            case ChangeShape.ListAndToken:
                _tokens = new ScriptedTokens(provider, target);
                _reader = new ScriptedListedReader(provider, target.Content, _tokens.Check);
                break;
            case ChangeShape.DeltaVolume:
                _reader = new ScriptedListedReader(provider, target.Content, CheckListed);
                break;
            case ChangeShape.MapAndRead:
                _reader = new ScriptedReader(provider, target.Content);
                break;
            default:
                break;
        }
    }

    public override bool ReaderHoldsListedOnly => _reader is ScriptedListedReader;

    public override BlockReader? Reader => _reader;

    public override async IAsyncEnumerable<ChangedRange> ListAsync(long startingOffset = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(startingOffset);
        cancellationToken.ThrowIfCancellationRequested();
        int list = _tokens?.BeginList() ?? 0;
        await foreach (ChangedRange change in _provider.PageAsync(_changes, startingOffset, cancellationToken).ConfigureAwait(false))
        {
            _tokens?.Issue(list, change.Range);
            yield return change;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        // The connection of a map and the volume of a delta end with it: whoever reads later has not understood who owns them.
        if (_reader is not null)
        {
            await _reader.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    private void CheckListed(ByteRange range)
    {
        if (!ScriptedListedReader.Covers(_changes.Select(change => change.Range), range))
        {
            throw _provider.Failure(WaybillErrorCode.ProviderFailed, $"The delta of {_target.Descriptor.Id} holds nothing at {range.Offset} to {range.End}.");
        }
    }
}
