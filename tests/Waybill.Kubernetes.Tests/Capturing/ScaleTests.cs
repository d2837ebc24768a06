using System.Text;

namespace Waybill.Kubernetes.Tests.Capturing;

/// <summary>What a capture takes of the heap is its index, whatever the objects weigh.</summary>
[Collection(MeasuredAlone.Name)]
public sealed class ScaleTests
{
    private const int InNamespace = 5_000;
    private const int InCluster = 50_000;

    [Fact]
    public async Task Capture_Of5000ObjectsAmong50000_KeepsTheirContentOffTheHeap()
    {
        await using ClusterLab lab = await ClusterLab.StartAsync();
        foreach (int home in Enumerable.Range(0, InCluster / InNamespace))
        {
            string name = $"n{home}";
            lab.LoadNamespace(name);
            for (int i = 0; i < InNamespace; i++)
            {
                lab.Load($$$"""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"m{{{i:D5}}}","namespace":"{{{name}}}","uid":"{{{name}}}-{{{i}}}","resourceVersion":"{{{i + 1}}}"},"data":{"text":"{{{new string('x', 2000)}}}"}}""");
            }
        }

        Assert.True(lab.Server.Store.Count > InCluster);
        lab.Server.Requests.Clear();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var highest = new Highest(before);
        using CapturedApplication captured = await new ApplicationCapture(await lab.ConnectAsync()).CaptureAsync(new ApplicationSelector.WholeNamespace("n3"), highest);
        long held = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.Equal(InNamespace, captured.Objects.Count(found => found.Resource.Kind == "ConfigMap"));
        Assert.True(captured.Length > InNamespace * 2000L);
        Assert.True(held < 1200L * InNamespace, $"{held / InNamespace} bytes of the heap for an object of {captured.Length / InNamespace}");
        Assert.True(highest.Value < 1500L * InNamespace, $"{highest.Value / InNamespace} bytes of the heap for an object on the way");
        Assert.Equal(10, lab.Server.Requests.Count(request => request.Path == "/api/v1/namespaces/n3/configmaps"));
        Assert.DoesNotContain(lab.Server.Requests, request => request.Path.Contains("/namespaces/n4/", StringComparison.Ordinal));
        Assert.Equal(
            Encoding.UTF8.GetString(lab.Server.Store.Get("configmaps", "n3", "m04999").Json.Span),
            ClusterLab.Text(captured, "ConfigMap", "m04999"));
    }

    private sealed class Highest(long before) : IProgress<CaptureProgress>
    {
        public long Value { get; private set; }

        public void Report(CaptureProgress value)
        {
            if (value.Objects % 1000 == 0)
            {
                Value = Math.Max(Value, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }
    }
}
