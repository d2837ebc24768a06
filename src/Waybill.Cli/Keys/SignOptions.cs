using System.CommandLine;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Keys;

/// <summary>The options that say who signs, and who confirms when.</summary>
internal sealed class SignOptions
{
    private const int MaxSigners = 16;

    private readonly Option<string[]> _keys = new("--sign")
    {
        Description = "A private key that signs, with its certificates if the file holds some.", HelpName = "FILE",
    };

    private readonly Option<string> _timestampAuthority = new("--timestamp-authority")
    {
        Description = "Have a service (RFC 3161) confirm when each signature was made, so that it outlives its certificate.", HelpName = "URL",
    };

    public void AddTo(Command command)
    {
        command.Add(_keys);
        command.Add(_timestampAuthority);
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="keys">What opens bundles.</param>
    /// <returns>The same with those who sign.</returns>
    public KeyRequest Bind(ParseResult parsed, KeyRequest keys)
    {
        string[] paths = parsed.GetValue(_keys) ?? [];
        if (paths.Any(path => path.Length == 0))
        {
            throw new UsageException("--sign needs the name of a file.");
        }

        return paths.Length > MaxSigners
            ? throw new UsageException($"A bundle is signed by at most {MaxSigners} keys.")
            : keys with { Signers = paths, TimestampAuthority = BindAuthority(parsed.GetValue(_timestampAuthority), paths.Length > 0) };
    }

    private static Uri? BindAuthority(string? address, bool signs)
    {
        if (address is null)
        {
            return null;
        }

        if (!signs)
        {
            throw new UsageException("--timestamp-authority confirms when a signature was made: give a --sign.");
        }

        return Uri.TryCreate(address, UriKind.Absolute, out Uri? parsed) && (parsed.Scheme == Uri.UriSchemeHttp || parsed.Scheme == Uri.UriSchemeHttps)
            ? parsed
            : throw new UsageException($"--timestamp-authority is an address such as http://timestamp.example/, not '{address}'.");
    }
}
