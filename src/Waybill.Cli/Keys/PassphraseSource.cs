using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Keys;

/// <summary>Where a passphrase comes from, as the command line says. Never from the command line itself, which every process of the machine can read.</summary>
/// <param name="File">A file with one line.</param>
/// <param name="Descriptor">An open descriptor with one line.</param>
internal sealed record PassphraseSource(string? File, int? Descriptor)
{
    /// <summary>Gets the person at the terminal.</summary>
    public static PassphraseSource Prompt { get; } = new(null, null);

    /// <summary>Gets whether it takes standard input, which then holds nothing else.</summary>
    public bool ReadsStandardInput => Descriptor == 0;

    /// <summary>Reads the passphrase.</summary>
    /// <param name="console">The process around it.</param>
    /// <param name="what">What it is for, such as a file name; shown to the person who is asked.</param>
    /// <param name="isNew">Whether it is chosen now, so that a typing error would lock everybody out: a person is asked twice.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The passphrase, which the caller clears.</returns>
    public async Task<char[]> ReadAsync(CliConsole console, string what, bool isNew, CancellationToken cancellationToken)
    {
        if (File is not null)
        {
            return await SecretFile.ReadPassphraseAsync(File, cancellationToken).ConfigureAwait(false);
        }

        if (Descriptor is { } descriptor)
        {
            string name = descriptor == 0 ? "standard input" : $"descriptor {descriptor}";
            Stream source = new StandardStream(Open(console, descriptor, name), name);
            await using (source.ConfigureAwait(false))
            {
                return await SecretFile.ReadPassphraseAsync(source, name, cancellationToken).ConfigureAwait(false);
            }
        }

        return await AskAsync(console, what, isNew, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<char[]> AskAsync(CliConsole console, string what, bool isNew, CancellationToken cancellationToken)
    {
        if (console.AskSecret is not { } ask)
        {
            throw new WaybillException(WaybillErrorCode.KeyInvalid, "A passphrase is needed, and there is no terminal to ask for it")
            {
                ObjectName = what, Hint = "Give it in a file or by an open descriptor; the options are in the help.",
            };
        }

        string shown = TerminalText.Escape(what);
        char[] passphrase = await ask($"Passphrase for {shown}: ", cancellationToken).ConfigureAwait(false);
        if (!isNew)
        {
            return passphrase;
        }

        char[] again = await ask("The same again: ", cancellationToken).ConfigureAwait(false);
        bool same = passphrase.AsSpan().SequenceEqual(again);
        Array.Clear(again);
        if (same)
        {
            return passphrase;
        }

        Array.Clear(passphrase);
        throw new WaybillException(WaybillErrorCode.KeyInvalid, "The two passphrases are not the same") { Hint = "Nothing was done. Try again." };
    }

    private static Stream Open(CliConsole console, int descriptor, string name)
    {
        try
        {
            return descriptor == 0 ? console.OpenInput() : console.OpenDescriptor(descriptor);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "pipe", $"It is not open for reading: {error.Message}", error) { ObjectName = name };
        }
    }
}
