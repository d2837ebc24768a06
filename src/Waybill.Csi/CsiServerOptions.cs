using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Waybill.Csi;

/// <summary>Where and how a plugin is served.</summary>
/// <param name="Endpoint">The unix socket: <c>unix:///run/csi/csi.sock</c>, <c>unix:/run/csi/csi.sock</c> or the path alone; at most 107 bytes of path.</param>
public sealed record CsiServerOptions(string Endpoint)
{
    /// <summary>The environment variable in which an orchestrator names the socket.</summary>
    public const string EndpointVariable = "CSI_ENDPOINT";

    /// <summary>Gets who may connect: the mode of the socket.</summary>
    /// <value>The default is 0660: the owner and the group.</value>
    public UnixFileMode SocketMode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Gets where <c>/livez</c> and <c>/readyz</c> are answered over HTTP; <see langword="null"/> for nowhere. Port 0 takes a free one.</summary>
    public IPEndPoint? HealthEndpoint { get; init; }

    /// <summary>Gets where is logged what was called, with which names, for how long and how it ended. No secret is ever logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Gets how long calls that run may go on when the server stops.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets the size in bytes above which a message is neither taken nor sent.</summary>
    /// <value>The default is 4 MiB, which is what clients take.</value>
    public int MaxMessageSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>Takes the socket from the environment, as the specification of the interface has it.</summary>
    /// <returns>The options.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ConfigurationInvalid"/> if <see cref="EndpointVariable"/> is not set.</exception>
    public static CsiServerOptions FromEnvironment() =>
        Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 } endpoint
            ? new CsiServerOptions(endpoint)
            : throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"{EndpointVariable} is not set")
            {
                ObjectName = EndpointVariable,
                Hint = $"Name the socket to serve, such as {EndpointVariable}=unix:///run/csi/csi.sock.",
            };
}
