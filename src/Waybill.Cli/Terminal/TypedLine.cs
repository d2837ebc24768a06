using System.Security.Cryptography;
using System.Text;

namespace Waybill.Cli.Terminal;

/// <summary>A line as it is typed, byte by byte: characters arrive in as many pieces as the terminal likes. Disposing it clears what was typed.</summary>
internal sealed class TypedLine : IDisposable
{
    private const int MaxLength = 4096;
    private const byte Escape = 0x1b;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes = GC.AllocateArray<byte>(MaxLength, pinned: true);
    private int _length;
    private State _state;

    private enum State
    {
        Text,
        Escape,
        Function,
        Sequence,
    }

    /// <summary>Takes the next byte.</summary>
    /// <returns>Whether it ended the line.</returns>
    public bool Add(byte typed)
    {
        // Arrows and the like are sequences; taken for text they would become part of a secret that nobody knows.
        switch (_state)
        {
            case State.Escape:
                _state = typed switch { (byte)'[' => State.Sequence, (byte)'O' => State.Function, Escape => State.Escape, _ => State.Text };
                return false;
            case State.Function:
                _state = State.Text;
                return false;
            case State.Sequence:
                _state = typed is >= 0x40 and <= 0x7e ? State.Text : State.Sequence;
                return false;
        }

        switch (typed)
        {
            case (byte)'\n' or (byte)'\r' or 0x04:
                return true;
            case (byte)'\b' or 0x7f:
                EraseCharacter();
                break;
            case 0x15:
                Erase(_length);
                break;
            case Escape:
                _state = State.Escape;
                break;
            case >= 0x20:
                Append(typed);
                break;
        }

        return false;
    }

    /// <summary>Gets what was typed; whoever asked clears it.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.KeyInvalid"/>: the terminal does not send UTF-8, or it is too long.</exception>
    public char[] ToCharacters()
    {
        if (_length > MaxLength)
        {
            throw Invalid($"More than {MaxLength} bytes were typed");
        }

        try
        {
            return s_utf8.GetChars(_bytes, 0, _length);
        }
        catch (DecoderFallbackException)
        {
            // Something near it would lock the key for ever. The exception is not passed on: it holds bytes of the secret.
            throw Invalid("A character that was typed could not be read, because it is not UTF-8");
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private static WaybillException Invalid(string what) => new(WaybillErrorCode.KeyInvalid, what) { Hint = "Type it again, or give the passphrase in a file (--passphrase-file)." };

    // What is too long is counted and not kept: a passphrase that was cut unseen would open nothing later.
    private void Append(byte typed)
    {
        if (_length < MaxLength)
        {
            _bytes[_length] = typed;
        }

        _length += _length <= MaxLength ? 1 : 0;
    }

    private void EraseCharacter()
    {
        if (_length > MaxLength)
        {
            return;
        }

        int start = _length;
        while (start > 0 && (_bytes[--start] & 0xc0) == 0x80)
        {
            // The first byte of a character is the one that does not continue another.
        }

        Erase(_length - start);
    }

    private void Erase(int count)
    {
        _length -= count;
        CryptographicOperations.ZeroMemory(_bytes.AsSpan(Math.Min(_length, MaxLength)));
    }
}
