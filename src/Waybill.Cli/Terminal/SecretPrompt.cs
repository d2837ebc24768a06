namespace Waybill.Cli.Terminal;

/// <summary>Asks a person for a secret at the terminal and does not show what is typed.</summary>
internal static class SecretPrompt
{
    private const int MaxLength = 4096;

    /// <summary>Asks once.</summary>
    /// <returns>What was typed before the end of the line; whoever asked clears it.</returns>
    public static async Task<char[]> AskAsync(TextWriter error, string prompt, CancellationToken cancellationToken)
    {
        // Before the question: whatever is typed between it and the first read would be shown.
        using HiddenInput? hidden = HiddenInput.TryBegin();
        if (hidden is null)
        {
            // Looking for a key turns the echo off, and it stays off.
            _ = Console.KeyAvailable;
        }

        await error.WriteAsync(prompt.AsMemory(), cancellationToken).ConfigureAwait(false);
        try
        {
            // A read from a terminal cannot be called back: who is cancelled leaves it, and the process ends without it.
            Func<char[]> read = hidden is null ? ReadKeys : HiddenInput.ReadLine;
            return await Task.Run(read, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await error.WriteLineAsync().ConfigureAwait(false);
        }
    }

    // By the base library, which reads a character that comes in two pieces as one that cannot be read.
    private static char[] ReadKeys()
    {
        char[] typed = new char[MaxLength];
        int length = 0;
        try
        {
            while (true)
            {
                ConsoleKeyInfo key = Console.ReadKey(intercept: true);
                switch (key)
                {
                    case { Key: ConsoleKey.Enter } or { KeyChar: '\n' or '\r' or '\u0004' }:
                        return typed[..length];
                    case { Key: ConsoleKey.Backspace } or { KeyChar: '\b' or '\u007f' }:
                        // A letter outside of the basic plane is two characters.
                        length -= length > 1 && char.IsLowSurrogate(typed[length - 1]) ? 2 : Math.Min(1, length);
                        break;
                    case { KeyChar: '\u0015' }:
                        length = 0;
                        break;
                    case { KeyChar: '\uFFFD' }:
                        // The bytes of one character came in two pieces. A passphrase that nobody typed would lock the key for ever.
                        throw new WaybillException(WaybillErrorCode.KeyInvalid, "A character that was typed could not be read")
                        {
                            Hint = "Type it again, or give the passphrase in a file (--passphrase-file).",
                        };
                    case { KeyChar: >= ' ' } when length < MaxLength:
                        typed[length++] = key.KeyChar;
                        break;
                    default:
                        break; // arrows and the like
                }
            }
        }
        finally
        {
            Array.Clear(typed);
        }
    }
}
