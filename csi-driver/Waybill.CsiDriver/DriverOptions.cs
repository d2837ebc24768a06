using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using Waybill.Csi;

namespace Waybill.CsiDriver;

/// <summary>What the driver is told on its command line or in its environment.</summary>
internal sealed record DriverOptions
{
    public const string Usage = """
        The reference CSI driver of Waybill: volumes as files in a pool on this host.

        Usage: Waybill.CsiDriver --endpoint unix:///run/csi/csi.sock --pool /var/lib/waybill [options]

        Options, each with the environment variable that stands for it:
          --endpoint ENDPOINT   CSI_ENDPOINT          the unix socket to serve
          --pool DIRECTORY      WAYBILL_POOL          where volumes are kept: on XFS or btrfs, so that snapshots share blocks
          --node-id NAME        WAYBILL_NODE_ID       the name of this node (default: the name of the host)
          --driver-name NAME    WAYBILL_DRIVER_NAME   the name of the driver (default: local.csi.waybill)
          --max-volumes N       WAYBILL_MAX_VOLUMES   how many volumes this node can have (default: no limit)
          --health ADDRESS      WAYBILL_HEALTH        where /livez and /readyz are answered, such as 127.0.0.1:9808 (default: nowhere)
          --log-level LEVEL     WAYBILL_LOG_LEVEL     Trace, Debug, Information, Warning, Error or None (default: Information)
          --version             print the version
          --help                print this

        To serve the backup API to callers that the cluster vouches for, over TLS:
          --backup ADDRESS                WAYBILL_BACKUP                   where, such as 0.0.0.0:9443 (default: nowhere)
          --backup-certificate FILE       WAYBILL_BACKUP_CERTIFICATE       the certificate of the service, PEM; read again when it changes
          --backup-key FILE               WAYBILL_BACKUP_KEY               the key of that certificate, PEM
          --backup-client-authority FILE  WAYBILL_BACKUP_CLIENT_AUTHORITY  whose client certificates callers need beside their token (default: none needed)
          --backup-audience NAME          WAYBILL_BACKUP_AUDIENCE          the audience that tokens must be issued for (default: the name of the driver)
          --kubeconfig FILE               WAYBILL_KUBECONFIG               the way to the cluster (default: the identity of the pod)

        Traces and metrics are sent by OTLP if OTEL_EXPORTER_OTLP_ENDPOINT is set; the other variables of OpenTelemetry are heeded as well.
        """;

    private const string DefaultName = "local.csi.waybill";

    private static readonly Dictionary<string, string> s_names = new(StringComparer.Ordinal)
    {
        ["--endpoint"] = CsiServerOptions.EndpointVariable,
        ["--pool"] = "WAYBILL_POOL",
        ["--node-id"] = "WAYBILL_NODE_ID",
        ["--driver-name"] = "WAYBILL_DRIVER_NAME",
        ["--max-volumes"] = "WAYBILL_MAX_VOLUMES",
        ["--health"] = "WAYBILL_HEALTH",
        ["--log-level"] = "WAYBILL_LOG_LEVEL",
        ["--backup"] = "WAYBILL_BACKUP",
        ["--backup-certificate"] = "WAYBILL_BACKUP_CERTIFICATE",
        ["--backup-key"] = "WAYBILL_BACKUP_KEY",
        ["--backup-client-authority"] = "WAYBILL_BACKUP_CLIENT_AUTHORITY",
        ["--backup-audience"] = "WAYBILL_BACKUP_AUDIENCE",
        ["--kubeconfig"] = "WAYBILL_KUBECONFIG",
    };

    public required string Endpoint { get; init; }

    public required string Pool { get; init; }

    public required string NodeId { get; init; }

    public required string Name { get; init; }

    public required long MaxVolumes { get; init; }

    public required IPEndPoint? Health { get; init; }

    public required LogLevel LogLevel { get; init; }

    /// <summary>Gets how the backup API is served; null if it is not.</summary>
    public required BackupOptions? Backup { get; init; }

    /// <summary>Reads options; what stands on the command line wins over the environment.</summary>
    /// <exception cref="FormatException">They cannot be used; the message says which and why.</exception>
    public static DriverOptions Parse(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        Dictionary<string, string> given = ReadArguments(arguments);
        string name = Get("--driver-name") ?? DefaultName;
        return new DriverOptions
        {
            Endpoint = Get("--endpoint") ?? throw new FormatException("--endpoint or CSI_ENDPOINT is missing."),
            Pool = Path.GetFullPath(Get("--pool") ?? throw new FormatException("--pool or WAYBILL_POOL is missing.")),
            NodeId = Get("--node-id") ?? Environment.MachineName,
            Name = name,
            MaxVolumes = Get("--max-volumes") is not { } count ? 0
                : long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out long volumes) ? volumes
                : throw new FormatException($"--max-volumes takes a number, not '{count}'."),
            Health = Get("--health") is not { } address ? null
                : IPEndPoint.TryParse(address, out IPEndPoint? endpoint) && endpoint.Port > 0 ? endpoint
                : throw new FormatException($"--health takes an address and a port such as 127.0.0.1:9808, not '{address}'."),
            LogLevel = Get("--log-level") is not { } word ? LogLevel.Information
                : Enum.TryParse(word, ignoreCase: true, out LogLevel level) && Enum.IsDefined(level) && !char.IsAsciiDigit(word[0]) ? level
                : throw new FormatException($"--log-level does not know '{word}'."),
            Backup = BackupOptions.Read(Get, name),
        };

        string? Get(string option)
        {
            string? value = given.TryGetValue(option, out string? found) ? found : environment(s_names[option]);
            return string.IsNullOrEmpty(value) ? null : value;
        }
    }

    private static Dictionary<string, string> ReadArguments(IReadOnlyList<string> arguments)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            if (!s_names.ContainsKey(parts[0]))
            {
                throw new FormatException($"There is no option '{parts[0]}'.");
            }

            string value = parts.Length == 2 ? parts[1]
                : i + 1 < arguments.Count ? arguments[++i]
                : throw new FormatException($"{parts[0]} takes a value.");
            if (!given.TryAdd(parts[0], value))
            {
                throw new FormatException($"{parts[0]} is given twice.");
            }
        }

        return given;
    }
}
