using System.Text;

namespace Waybill.Csi.Hosting;

/// <summary>Reads the forms in which an orchestrator names a unix socket.</summary>
internal static class UnixEndpoint
{
    // What struct sockaddr_un has room for, without its final zero.
    private const int MaxPathLength = 107;

    public static string GetPath(string endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        string path = endpoint.StartsWith("unix://", StringComparison.OrdinalIgnoreCase) ? endpoint["unix://".Length..]
            : endpoint.StartsWith("unix:", StringComparison.OrdinalIgnoreCase) ? endpoint["unix:".Length..]
            : endpoint;
        if (path.Length == 0 || path.Contains("://", StringComparison.Ordinal) || path.Contains('\0', StringComparison.Ordinal) || path.EndsWith('/'))
        {
            throw Invalid(endpoint, "This does not name a unix socket");
        }

        string full = Path.GetFullPath(path);
        return Encoding.UTF8.GetByteCount(full) <= MaxPathLength ? full : throw Invalid(endpoint, $"The path of a unix socket has at most {MaxPathLength} bytes");
    }

    private static WaybillException Invalid(string endpoint, string message) => new(WaybillErrorCode.ConfigurationInvalid, message)
    {
        ObjectName = endpoint,
        Hint = "Name it as unix:///run/csi/csi.sock.",
    };
}
