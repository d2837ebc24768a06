using System.CommandLine;
using Waybill.Bundles;
using Waybill.Cli.Clusters;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Configuration;
using Waybill.Cli.Keys;

namespace Waybill.Cli.Protect;

/// <summary>The options of making a point, and those of planning one, which are fewer.</summary>
internal sealed class ProtectOptions
{
    private readonly ApplicationOptions _application = new();
    private readonly EngineOptions _engine = new();

    private readonly ClusterSelection _cluster = new(ClusterReach.ObjectsAndData);

    private readonly Option<string> _as = new("--as") { Description = "With a cluster: the name under which points are kept. Default: what selects the application.", HelpName = "NAME" };

    private readonly Option<bool> _noHooks = new("--no-hooks") { Description = "With a cluster: do not run the hooks that annotations of pods ask for." };

    private readonly Option<bool> _full = new("--full") { Description = "Store everything although there is an earlier point." };

    private readonly Option<bool> _noResume = new("--no-resume") { Description = "Do not use what an interrupted run stored." };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what would be done, as 'waybill app plan'." };

    private readonly Option<string> _codec = new("--codec") { Description = "How to compress: none, lz4 or zstd. Default: as configured, or lz4.", HelpName = "CODEC" };

    private readonly EncryptionOptions _encryption = new();
    private readonly SignOptions _sign = new();
    private readonly KeyOptions _keys = new();
    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly bool _writes;

    /// <summary>Makes the options.</summary>
    /// <param name="writes">Whether a bundle is written.</param>
    public ProtectOptions(bool writes) => _writes = writes;

    public void AddTo(Command command)
    {
        _application.AddTo(command);
        if (_writes)
        {
            _cluster.AddTo(command);
            command.Add(_as);
            command.Add(_noHooks);
        }

        command.Add(_full);
        if (_writes)
        {
            command.Add(_noResume);
            command.Add(_dryRun);
            command.Add(_codec);
        }

        _engine.AddTo(command);
        if (_writes)
        {
            _encryption.AddTo(command);
            _sign.AddTo(command);
        }

        _keys.AddTo(command);
        command.Add(_json);
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public ProtectCall Bind(ParseResult parsed)
    {
        KeyRequest keys = _keys.Bind(parsed);
        var call = new ProtectCall(_application.Bind(parsed), _engine.Bind(parsed))
        {
            Cluster = _writes && _cluster.Bind(parsed) is { IsGiven: true } cluster ? cluster : null,
            As = _writes ? parsed.GetValue(_as) : null,
            NoHooks = _writes && parsed.GetValue(_noHooks),
            ForceFull = parsed.GetValue(_full),
            Resume = !_writes || !parsed.GetValue(_noResume),
            DryRun = !_writes || parsed.GetValue(_dryRun),
            Codec = _writes ? ParseCodec(parsed.GetValue(_codec)) : null,
            Encryption = _writes ? _encryption.Bind(parsed) : null,
            Keys = _writes ? _sign.Bind(parsed, keys) : keys,
            Json = parsed.GetValue(_json),
        };
        if (call.Cluster is not null && call.Application.IsDescribed)
        {
            throw new UsageException("What an application of a cluster consists of is read there: --context goes without --volume, --files, --resources, --cluster and --namespace.");
        }

        if (call.Cluster is null && (call.As is not null || call.NoHooks))
        {
            throw new UsageException("--as and --no-hooks go with a cluster: --context, --kubeconfig or --in-cluster.");
        }

        StandardInput.RequireOneUse(call.Keys.ReadsStandardInput, call.Encryption?.ReadsStandardInput ?? false);
        return call;
    }

    private static BundleCodec? ParseCodec(string? word) => word switch
    {
        null => null,
        "none" => BundleCodec.None,
        "lz4" => BundleCodec.Lz4,
        "zstd" => BundleCodec.Zstd,
        _ => throw new UsageException($"--codec is none, lz4 or zstd, not '{word}'."),
    };
}
