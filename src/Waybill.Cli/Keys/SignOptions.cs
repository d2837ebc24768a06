using System.CommandLine;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Keys;

/// <summary>The option that says who signs.</summary>
internal sealed class SignOptions
{
    private const int MaxSigners = 16;

    private readonly Option<string[]> _keys = new("--sign")
    {
        Description = "A private key that signs, with its certificates if the file holds some.", HelpName = "FILE",
    };

    public void AddTo(Command command) => command.Add(_keys);

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public IReadOnlyList<string> Bind(ParseResult parsed)
    {
        string[] paths = parsed.GetValue(_keys) ?? [];
        return paths.Any(path => path.Length == 0) ? throw new UsageException("--sign needs the name of a file.")
            : paths.Length > MaxSigners ? throw new UsageException($"A bundle is signed by at most {MaxSigners} keys.")
            : paths;
    }
}
