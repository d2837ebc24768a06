using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Finds the pod of a mover and connects to it. Its Job may have another pod each time: nodes fail and are drained.</summary>
internal sealed class MoverRoute(ClusterConnection connection, ClusterObjects objects, MoverReach reach, string objectNamespace, string mover)
{
    private readonly bool _throughServer = reach == MoverReach.PortForward || (reach == MoverReach.Automatic && connection.ContextName.Length > 0);

    /// <summary>Finds the pod that takes calls; null if none does at present.</summary>
    public async Task<JsonElement?> FindReadyPodAsync(CancellationToken cancellationToken) =>
        (await ListPodsAsync(cancellationToken).ConfigureAwait(false)).Find(IsReady) is { ValueKind: JsonValueKind.Object } found ? found : null;

    public Task<List<JsonElement>> ListPodsAsync(CancellationToken cancellationToken) =>
        objects.ListAsync(ClusterPaths.WithLabel(ClusterPaths.Pods(objectNamespace), ClusterMarks.Mover, mover), cancellationToken);

    /// <summary>Connects.</summary>
    /// <exception cref="IOException">There is no pod, or it is not reached.</exception>
    public async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            JsonElement pod = await FindReadyPodAsync(cancellationToken).ConfigureAwait(false) ?? throw new IOException("The mover has no pod that takes calls");
            return _throughServer
                ? new PortForwardStream(await connection.Client.OpenPortForwardAsync(objectNamespace, pod.Member("metadata").Text("name"), MoverManifest.ServedPort, cancellationToken).ConfigureAwait(false))
                : await ConnectAsync(pod.Member("status").Text("podIP"), cancellationToken).ConfigureAwait(false);
        }
        catch (WaybillException error)
        {
            // For whoever calls the mover this is a connection that failed; it tries again.
            throw new IOException(error.Message, error);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string address, CancellationToken cancellationToken)
    {
        if (!IPAddress.TryParse(address, out IPAddress? ip))
        {
            throw new IOException("The pod of the mover has no address");
        }

        var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(ip, MoverManifest.ServedPort), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsReady(JsonElement pod) =>
        pod.Member("metadata").Text("deletionTimestamp").Length == 0 && pod.Member("status").Text("phase") == "Running"
        && pod.Member("status").Items("conditions").Any(condition => condition.Text("type") == "Ready" && condition.Text("status") == "True");
}
