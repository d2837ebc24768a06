using k8s;
using k8s.Models;

namespace Waybill.Samples.Controller.Reconciling;

/// <summary>Tells people who look at an object what happened to it.</summary>
public sealed class EventRecorder(IKubernetes client, TimeProvider time)
{
    public async Task TellAsync(IKubernetesObject<V1ObjectMeta> about, bool isWarning, string reason, string message, CancellationToken cancellationToken)
    {
        DateTime now = time.GetUtcNow().UtcDateTime;
        var told = new Corev1Event
        {
            ApiVersion = "v1", Kind = "Event", Type = isWarning ? "Warning" : "Normal", Reason = reason, Message = message.Length <= 1000 ? message : message[..999] + "…",
            Metadata = new V1ObjectMeta { GenerateName = about.Metadata.Name + ".", NamespaceProperty = about.Metadata.NamespaceProperty },
            InvolvedObject = new V1ObjectReference
            {
                ApiVersion = about.ApiVersion, Kind = about.Kind, Name = about.Metadata.Name, NamespaceProperty = about.Metadata.NamespaceProperty, Uid = about.Metadata.Uid,
            },
            FirstTimestamp = now, LastTimestamp = now, Count = 1, Source = new V1EventSource { Component = "waybill-controller" },
        };
        try
        {
            await client.CoreV1.CreateNamespacedEventAsync(told, about.Metadata.NamespaceProperty, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (k8s.Autorest.HttpOperationException)
        {
            // What happened is in the status as well; a namespace that is going takes no events.
        }
    }
}
