using System.CommandLine;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Configuration;

/// <summary>The options that say where the engine works.</summary>
internal sealed class EngineOptions
{
    private readonly Option<string> _configuration = new("--config")
    {
        Description = "The configuration. Default: $WAYBILL_CONFIG, then /etc/waybill/waybill.yaml, then none.", HelpName = "FILE",
    };

    private readonly Option<string> _store = new("--store") { Description = "Where bundles are kept. Default: as configured.", HelpName = "DIR" };

    private readonly Option<string> _state = new("--state")
    {
        Description = "Where the ledger and what the next point builds on are kept. Default: as configured.", HelpName = "DIR",
    };

    public void AddTo(Command command)
    {
        command.Add(_configuration);
        command.Add(_store);
        command.Add(_state);
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public EngineRequest Bind(ParseResult parsed)
    {
        var request = new EngineRequest(parsed.GetValue(_configuration), parsed.GetValue(_store), parsed.GetValue(_state));
        return request.Configuration is "" || request.Store is "" || request.State is ""
            ? throw new UsageException("--config, --store and --state need a name.")
            : request;
    }
}
