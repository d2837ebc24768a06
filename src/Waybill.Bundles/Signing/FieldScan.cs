namespace Waybill.Bundles.Signing;

/// <summary>Walks the fields of an encoded message without making anything of them. Ends where the encoding breaks; <see cref="Format.StrictMessage"/> says how.</summary>
internal ref struct FieldScan(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    public int Number { get; private set; }

    /// <summary>Gets the bytes of a field with a length; empty for numbers.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool MoveNext()
    {
        if (!TryReadNumber(out ulong tag))
        {
            return false;
        }

        Number = (int)Math.Min(tag >> 3, int.MaxValue);
        Value = default;
        return (tag & 7) switch
        {
            0 => TryReadNumber(out _),
            1 => TryTake(8, out _),
            2 => TryReadNumber(out ulong length) && TryTakeValue(length),
            5 => TryTake(4, out _),
            _ => false,
        };
    }

    private bool TryTakeValue(ulong length)
    {
        bool taken = TryTake(length, out ReadOnlySpan<byte> value);
        Value = value;
        return taken;
    }

    private bool TryTake(ulong length, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (length > (ulong)_rest.Length)
        {
            return false;
        }

        value = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    private bool TryReadNumber(out ulong value)
    {
        value = 0;
        for (int i = 0; i < 10 && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7F) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
