using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Waybill.Kubernetes.ApiServer;
using Waybill.Kubernetes.Tests;

namespace Waybill.CsiDriver.Tests.Support;

/// <summary>
/// Does for Jobs and their pods what a cluster does, on this machine: makes pods, waits for their claims, has the driver stage and publish their volumes, runs the
/// program of their image as a process with an address of its own, and takes everything away again.
/// </summary>
internal sealed class Kubelet : IAsyncDisposable
{
    public const string Image = "waybill-mover:test";

    private const string Jobs = "/apis/batch/v1/jobs";
    private const string Pods = "/api/v1/pods";
    private const string Finalizer = "kubelet.example.com/running";

    private static int s_addresses;

    private readonly DriverLab _driver;
    private readonly SidecarApi _api;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, RunningPod> _pods = [];
    private readonly Task _running;

    public Kubelet(ApiServerDouble server, DriverLab driver)
    {
        _driver = driver;
        _api = new SidecarApi(server);
        _running = Task.WhenAll(_api.WatchAsync(Jobs, OnJobAsync, _stop.Token), _api.WatchAsync(Pods, OnPodAsync, _stop.Token));
    }

    /// <summary>Gets the mover's program, where its own project puts it.</summary>
    public static string Program
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(here.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "mover", "Waybill.Mover", "bin", here.Parent.Name, here.Name, "Waybill.Mover.dll");
        }
    }

    /// <summary>Gets how many pods were started.</summary>
    public int Started { get; private set; }

    /// <summary>Gets or sets whether pods stay pending, as if no node had room.</summary>
    public bool IsFull { get; set; }

    /// <summary>Gets or sets whether pods are refused, as by an admission plugin.</summary>
    public bool Refuses { get; set; }

    /// <summary>Kills the programs of all pods, as a failing node does.</summary>
    public void KillAll()
    {
        foreach (RunningPod pod in _pods.Values)
        {
            pod.Kill();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        KillAll();
        await _running;
        await Task.WhenAll(_pods.Values.Select(pod => pod.Run));
        _api.Dispose();
        _stop.Dispose();
    }

    private async Task OnJobAsync(string type, JsonObject job)
    {
        if (type == "DELETED" || job["metadata"]!["deletionTimestamp"] is not null || job["status"]?["conditions"] is not null)
        {
            return;
        }

        (string home, string name) = (Text(job, "metadata", "namespace"), Text(job, "metadata", "name"));
        List<JsonObject> pods = [.. (await _api.ListAsync($"/api/v1/namespaces/{home}/pods")).Where(pod => Text(pod, "metadata", "labels", "job-name") == name)];
        int failed = pods.Count(pod => Text(pod, "status", "phase") == "Failed");
        if (pods.Any(pod => Text(pod, "status", "phase") == "Succeeded"))
        {
            // A Job that has ended is kept for a while. Here it is a short one.
            await _api.DeleteAsync($"/apis/batch/v1/namespaces/{home}/jobs/{name}");
        }
        else if (failed > job["spec"]!["backoffLimit"]!.GetValue<int>())
        {
            await _api.PatchAsync(
                $"/apis/batch/v1/namespaces/{home}/jobs/{name}/status",
                """{"status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded","message":"Job has reached the specified backoff limit"}]}}""");
        }
        else if (pods.Count == failed && Refuses)
        {
            await _api.CreateAsync($"/api/v1/namespaces/{home}/events", JsonNode.Parse($$$"""
                {"apiVersion":"v1","kind":"Event","metadata":{"name":"{{{name}}}.{{{Guid.NewGuid():N}}}","namespace":"{{{home}}}"},"type":"Warning","reason":"FailedCreate","lastTimestamp":"2026-11-29T01:00:00Z",
                 "message":"pods are forbidden: violates PodSecurity \"restricted:latest\"","involvedObject":{"kind":"Job","name":"{{{name}}}"}}
                """)!.AsObject());
        }
        else if (pods.Count == failed)
        {
            var pod = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = job["spec"]!["template"]!["metadata"]!.DeepClone(),
                ["spec"] = job["spec"]!["template"]!["spec"]!.DeepClone(),
            };
            JsonObject metadata = pod["metadata"]!.AsObject();
            metadata["name"] = $"{name}-{failed}";
            metadata["namespace"] = home;
            metadata["labels"]!["job-name"] = name;
            metadata["finalizers"] = new JsonArray((JsonNode)Finalizer);
            metadata["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "batch/v1", ["kind"] = "Job", ["name"] = name, ["uid"] = Text(job, "metadata", "uid"), ["controller"] = true });
            await _api.CreateAsync($"/api/v1/namespaces/{home}/pods", pod);

            // The collector of a cluster finds dependents that were made when their owner had just gone.
            if (Text(await _api.FindAsync($"/apis/batch/v1/namespaces/{home}/jobs/{name}") ?? [], "metadata", "uid") != Text(job, "metadata", "uid"))
            {
                await _api.DeleteAsync($"/api/v1/namespaces/{home}/pods/{name}-{failed}");
            }
        }
    }

    private async Task OnPodAsync(string type, JsonObject pod)
    {
        string uid = Text(pod, "metadata", "uid");
        if (!pod["metadata"]!["finalizers"]?.AsArray().Any(finalizer => finalizer!.GetValue<string>() == Finalizer) ?? true)
        {
            return;
        }

        if (pod["metadata"]!["deletionTimestamp"] is not null)
        {
            RunningPod? known = _pods.GetValueOrDefault(uid);
            known?.Kill();
            await (known?.Run ?? Task.CompletedTask);
            await _api.PatchAsync(PathOf(pod), """{"metadata":{"finalizers":null}}""");
        }
        else if (type == "ADDED" && !_pods.ContainsKey(uid))
        {
            Started++;
            var running = new RunningPod(_stop.Token);
            _pods[uid] = running;
            running.Run = Task.Run(() => RunAsync(pod, running));
        }
    }

    private async Task RunAsync(JsonObject pod, RunningPod running)
    {
        string phase = "Failed";
        TestVolume? volume = null;
        string files = Directory.CreateTempSubdirectory("waybill-pod-").FullName;
        try
        {
            JsonNode container = pod["spec"]!["containers"]![0]!;
            Assert.Equal(Image, Text(container, "image"));
            bool isBlock = container["volumeDevices"] is not null;
            bool isReadOnly = container["volumeMounts"]?.AsArray().Any(mount => Text(mount!, "name") == "volume" && mount!["readOnly"]?.GetValue<bool>() == true) ?? false;
            volume = await AttachAsync(pod, isBlock, isReadOnly, running.Stop);
            await WriteSecretAsync(pod, files, running.Stop);
            string[] arguments = [.. container["args"]!.AsArray().Select(argument => argument!.GetValue<string>()
                .Replace("/dev/waybill-volume", volume.Target, StringComparison.Ordinal).Replace("/etc/waybill", files, StringComparison.Ordinal))
                .Select(argument => argument == "/volume" ? volume.Target : argument)];
            int number = Interlocked.Increment(ref s_addresses);
            string address = string.Create(CultureInfo.InvariantCulture, $"127.77.{number / 250}.{(number % 250) + 1}");
            using Process process = Start(arguments, address, container["securityContext"]?["capabilities"]);
            running.Process = process;
            Task<string> said = process.StandardError.ReadToEndAsync();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            if (arguments[0] == "serve" && await IsServedAsync(process, address, running.Stop))
            {
                await _api.PatchAsync(
                    PathOf(pod) + "/status", $$$"""{"status":{"phase":"Running","podIP":"{{{address}}}","conditions":[{"type":"Ready","status":"True"}]}}""");
            }

            await process.WaitForExitAsync();
            phase = process.ExitCode == 0 ? "Succeeded" : "Failed";
            if (phase == "Failed")
            {
                running.Problem = await said + await output;
            }
        }
        catch (OperationCanceledException)
        {
            // It is taken away before it ran.
        }
#pragma warning disable CA1031 // Whatever it was, a pod that does not run says so; nobody else would.
        catch (Exception error)
#pragma warning restore CA1031
        {
            running.Problem = error.ToString();
        }
        finally
        {
            running.Process = null;
            if (volume is not null)
            {
                await volume.UnpublishAsync();
                await Answer.RepeatAsync(volume.UnstageAsync);
            }

            Directory.Delete(files, recursive: true);
        }

        var status = new JsonObject { ["phase"] = phase, ["conditions"] = null };
        if (phase == "Failed")
        {
            status["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = "mover", ["state"] = new JsonObject { ["terminated"] = new JsonObject { ["reason"] = "Error", ["message"] = running.Problem } },
            });
        }

        await _api.PatchAsync(PathOf(pod) + "/status", new JsonObject { ["status"] = status }.ToJsonString());
        if (await _api.FindAsync($"/apis/batch/v1/namespaces/{Text(pod, "metadata", "namespace")}/jobs/{Text(pod, "metadata", "labels", "job-name")}") is { } job)
        {
            await OnJobAsync("MODIFIED", job);
        }
    }

    /// <summary>Waits for the volume of the pod's claim, and attaches it.</summary>
    private async Task<TestVolume> AttachAsync(JsonObject pod, bool isBlock, bool isReadOnly, CancellationToken stop)
    {
        string home = Text(pod, "metadata", "namespace");
        JsonNode source = pod["spec"]!["volumes"]!.AsArray().First(volume => Text(volume!, "name") == "volume")!["persistentVolumeClaim"]!;
        string path = $"/api/v1/namespaces/{home}/persistentvolumeclaims/{Text(source, "claimName")}";
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        if (IsFull)
        {
            await _api.PatchAsync(
                PathOf(pod) + "/status",
                """{"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"0/1 nodes are available"}]}}""");
        }

        while (true)
        {
            if (!IsFull && await _api.FindAsync(path) is { } claim)
            {
                Assert.Equal(isBlock, Text(claim, "spec", "volumeMode") == "Block");
                if (Text(claim, "status", "phase") == "Bound" && await _api.FindAsync($"/api/v1/persistentvolumes/{Text(claim, "spec", "volumeName")}") is { } volume)
                {
                    Assert.Equal(Text(claim, "spec", "volumeMode"), Text(volume, "spec", "volumeMode"));
                    TestVolume attached = TestVolume.Of(
                        _driver, Text(volume, "spec", "csi", "volumeHandle"), Text(pod, "metadata", "name"), isBlock ? TestVolume.Block() : TestVolume.Mounted(Text(volume, "spec", "csi", "fsType")));
                    await attached.UpAsync(isReadOnly);
                    return attached;
                }

                if (claim["metadata"]!["annotations"]?[SidecarProvisioner.SelectedNode] is null)
                {
                    await _api.PatchAsync(path, $$$$"""{"metadata":{"annotations":{"{{{{SidecarProvisioner.SelectedNode}}}}":"test-node"}}}""");
                }
            }

            await timer.WaitForNextTickAsync(stop);
        }
    }

    private async Task WriteSecretAsync(JsonObject pod, string files, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        foreach (JsonNode? volume in pod["spec"]!["volumes"]!.AsArray().Where(volume => volume!["secret"] is not null))
        {
            JsonObject? secret;
            while ((secret = await _api.FindAsync($"/api/v1/namespaces/{Text(pod, "metadata", "namespace")}/secrets/{Text(volume!, "secret", "secretName")}")) is null)
            {
                await timer.WaitForNextTickAsync(stop);
            }

            foreach ((string name, JsonNode? value) in secret["data"]!.AsObject())
            {
                await File.WriteAllBytesAsync(Path.Combine(files, name), Convert.FromBase64String(value!.GetValue<string>()), stop);
            }
        }
    }

    /// <summary>Starts the program with what its container may do, and nothing else if that is said.</summary>
    private static Process Start(string[] arguments, string address, JsonNode? capabilities)
    {
        string dropped = capabilities?["drop"]?[0]?.GetValue<string>() == "ALL" ? "-all" : "+all";
        string given = string.Concat(capabilities?["add"]?.AsArray().Select(one => $",+{one!.GetValue<string>().ToLowerInvariant()}") ?? []);
        var start = new ProcessStartInfo("setpriv", ["--inh-caps", "-all", "--bounding-set", $"{dropped}{given}", "dotnet", Program, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        };
        start.Environment["POD_IP"] = address;
        return Process.Start(start)!;
    }

    /// <summary>Waits until a process takes connections, or has ended instead.</summary>
    private static async Task<bool> IsServedAsync(Process process, string address, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!process.HasExited)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Parse(address), 9443, stop);
                return true;
            }
            catch (SocketException)
            {
                await timer.WaitForNextTickAsync(stop);
            }
        }

        return false;
    }

    private static string PathOf(JsonObject pod) => $"/api/v1/namespaces/{Text(pod, "metadata", "namespace")}/pods/{Text(pod, "metadata", "name")}";

    private static string Text(JsonNode node, params string[] path) => SidecarProvisioner.Text(node, path);

    private sealed class RunningPod(CancellationToken stop)
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);

        public Process? Process { get; set; }

        public string Problem { get; set; } = "";

        public Task Run { get; set; } = Task.CompletedTask;

        public CancellationToken Stop => _stop.Token;

        public void Kill()
        {
            _stop.Cancel();
            try
            {
                Process?.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended.
            }
        }
    }
}
