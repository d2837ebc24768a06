using System.CommandLine;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Keys;

/// <summary>The three options by which a passphrase is given.</summary>
internal sealed class PassphraseOptions
{
    private readonly Option<bool> _prompt;
    private readonly Option<string> _file;
    private readonly Option<int?> _descriptor;

    /// <summary>Makes the options.</summary>
    /// <param name="name">The name of the first; the others add to it.</param>
    /// <param name="purpose">What the passphrase is for: the end of a sentence that begins with "Ask for the passphrase".</param>
    public PassphraseOptions(string name, string purpose)
    {
        _prompt = new(name) { Description = $"Ask for the passphrase {purpose}." };
        _file = new(name + "-file") { Description = $"Take the passphrase {purpose} from a file of one line.", HelpName = "FILE" };
        _descriptor = new(name + "-fd") { Description = "Likewise from an open file descriptor; 0 is standard input.", HelpName = "N" };
    }

    public void AddTo(Command command)
    {
        command.Add(_prompt);
        command.Add(_file);
        command.Add(_descriptor);
    }

    /// <summary>Gets where the passphrase comes from.</summary>
    /// <returns>The source; null if none was asked for.</returns>
    public PassphraseSource? Bind(ParseResult parsed)
    {
        bool prompt = parsed.GetValue(_prompt);
        string? file = parsed.GetValue(_file);
        int? descriptor = parsed.GetValue(_descriptor);
        if ((prompt ? 1 : 0) + (file is null ? 0 : 1) + (descriptor is null ? 0 : 1) > 1)
        {
            throw new UsageException($"One of {_prompt.Name}, {_file.Name} and {_descriptor.Name} is enough.");
        }

        if (file is "")
        {
            throw new UsageException($"{_file.Name} names no file.");
        }

        if (descriptor is < 0 or 1 or 2)
        {
            throw new UsageException($"{_descriptor.Name} is 0 for standard input, or 3 and above for what the caller opened.");
        }

        return prompt ? PassphraseSource.Prompt : file is null && descriptor is null ? null : new PassphraseSource(file, descriptor);
    }
}
