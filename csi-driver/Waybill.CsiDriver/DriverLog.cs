using System.Net;
using Microsoft.Extensions.Logging;

namespace Waybill.CsiDriver;

/// <summary>What the driver itself says; calls are logged by the library.</summary>
internal static partial class DriverLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Version {Version} serves {Endpoint} with the pool {Pool} on node {Node}")]
    public static partial void Starting(ILogger logger, string version, string endpoint, string pool, string node);

    [LoggerMessage(Level = LogLevel.Information, Message = "The backup API is served at {Endpoint} to tokens for {Audience} of the cluster {Cluster}")]
    public static partial void ServingBackup(ILogger logger, IPEndPoint endpoint, string audience, string cluster);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopped")]
    public static partial void Stopped(ILogger logger);
}
