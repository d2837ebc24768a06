using System.CommandLine;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Keys;

/// <summary>The options that say whose signatures are demanded.</summary>
internal sealed class TrustOptions
{
    private readonly Option<string[]> _keys = new("--trust")
    {
        Description = "Demand a signature by the owner of a public key or certificate; of several files one is enough.", HelpName = "FILE",
    };

    private readonly Option<string[]> _roots = new("--trust-root")
    {
        Description = "The same with a certificate that leads up to one of these.", HelpName = "FILE",
    };

    private readonly Option<string[]> _timestampRoots = new("--timestamp-root")
    {
        Description = "Believe time stamps of authorities whose certificates lead up to one of these.", HelpName = "FILE",
    };

    private readonly Option<int?> _threshold = new("--threshold") { Description = "How many different keys must have signed, whether named or certified. Default: 1.", HelpName = "N" };

    private readonly Option<string> _signatures = new("--signatures")
    {
        Description = "The file of signatures beside the bundle. Default: BUNDLE.sig, if it is there.", HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _keys, _roots, _timestampRoots, _threshold, _signatures })
        {
            command.Add(option);
        }
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public TrustRequest Bind(ParseResult parsed)
    {
        var request = new TrustRequest
        {
            Keys = parsed.GetValue(_keys) ?? [],
            Roots = parsed.GetValue(_roots) ?? [],
            TimestampRoots = parsed.GetValue(_timestampRoots) ?? [],
            Threshold = parsed.GetValue(_threshold) ?? 1,
            Signatures = parsed.GetValue(_signatures),
        };
        if (request.Keys.Concat(request.Roots).Concat(request.TimestampRoots).Append(request.Signatures ?? "-").Any(path => path.Length == 0))
        {
            throw new UsageException("--trust, --trust-root, --timestamp-root and --signatures need the name of a file.");
        }

        if (!request.IsDemanded && (request.TimestampRoots.Count > 0 || parsed.GetValue(_threshold) is not null))
        {
            throw new UsageException("--threshold and --timestamp-root go with --trust or --trust-root: nobody's signature is demanded.");
        }

        return request.Threshold < 1 ? throw new UsageException("--threshold is 1 or more.")
            : request.Roots.Count == 0 && request.Keys.Count > 0 && request.Threshold > request.Keys.Count
            ? throw new UsageException("--threshold is more than there are keys to trust.")
            : request;
    }
}
