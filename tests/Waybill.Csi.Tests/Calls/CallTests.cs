using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Calls;

public sealed class CallTests
{
    [Fact]
    public async Task Call_ThatSucceeds_IsLoggedWithItsNames()
    {
        var logger = new RecordingLogger();
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider(), logger: logger);

        await host.Controller.CreateVolumeAsync(Requests.Create("my\nvolume"));
        await host.Identity.ProbeAsync(new ProbeRequest());
        await host.Server.StopAsync();

        Assert.Contains(logger.Lines, line => line.Level == LogLevel.Information && line.Text.Contains("csi.v1.Controller/CreateVolume name=my?volume done", StringComparison.Ordinal));
        Assert.Contains(logger.Lines, line => line.Level == LogLevel.Debug && line.Text.Contains("csi.v1.Identity/Probe", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, LogLevel.Warning)]
    [InlineData(false, LogLevel.Error)]
    public async Task Call_ThatFails_IsLoggedWithItsStatus(bool transient, LogLevel level)
    {
        var logger = new RecordingLogger();
        var provider = new ScriptedProvider();
        provider.Faults.Fail(ScriptedCall.DeleteVolume, transient: transient);
        await using PluginHost host = await PluginHost.StartAsync(provider, logger: logger);

        await Expect.StatusAsync(
            transient ? StatusCode.Unavailable : StatusCode.Internal, host.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = "vol-7" }));
        await host.Server.StopAsync();

        Assert.Contains(logger.Lines, line => line.Level == level && line.Text.Contains("volume_id=vol-7", StringComparison.Ordinal) && line.Text.Contains("WB3010", StringComparison.Ordinal));
        Assert.Equal(!transient, logger.Lines.Any(line => line.Text.Contains("ScriptedProvider.", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Call_WithATraceOfItsCaller_GoesOnWithIt()
    {
        var seen = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Waybill.Csi",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = seen.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());

        await host.Identity.GetPluginInfoAsync(new GetPluginInfoRequest(), new Metadata { { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } });
        await host.Server.StopAsync();

        Activity activity = Assert.Single(seen, activity => activity.TraceId.ToString() == "0af7651916cd43dd8448eb211c80319c");
        Assert.Equal("csi.v1.Identity/GetPluginInfo", activity.DisplayName);
        Assert.Equal(0, activity.GetTagItem("rpc.grpc.status_code"));
    }

    [Fact]
    public async Task Calls_AreMeasured()
    {
        var durations = new ConcurrentQueue<(double Seconds, string Method, int Status)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Waybill.Csi" && instrument.Name == "waybill.csi.call.duration")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, tags, _) =>
        {
            Dictionary<string, object?> values = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value);
            durations.Enqueue((seconds, (string)values["rpc.method"]!, (int)values["rpc.grpc.status_code"]!));
        });
        listener.Start();
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());

        await Expect.StatusAsync(StatusCode.NotFound, host.Controller.GetSnapshotAsync(new GetSnapshotRequest { SnapshotId = "measured" }));
        await host.Server.StopAsync();

        Assert.Contains(durations, measured => measured is { Method: "GetSnapshot", Status: (int)StatusCode.NotFound, Seconds: >= 0 });
    }

    public static TheoryData<string, bool> Sizes => new()
    {
        { "map of 4096 bytes", true },
        { "map of 4097 bytes", false },
        { "text of 128 bytes", true },
        { "text of 129 bytes", false },
        { "node of 256 bytes", true },
        { "node of 257 bytes", false },
        { "flags of 4096 bytes", true },
        { "flags of 4097 bytes", false },
        { "text of 129 bytes inside", false },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Check_OfFieldSizes_FollowsTheSpecification(string what, bool isAllowed)
    {
        CreateVolumeRequest create = Requests.Create("v", uses: Requests.Mount());
        Google.Protobuf.IMessage message = what switch
        {
            "map of 4096 bytes" => create.With(request => request.Secrets.Set("k", new string('x', 4095))),
            "map of 4097 bytes" => create.With(request => request.Secrets.Set("kk", new string('x', 4095))),
            "text of 128 bytes" => create.With(request => request.Name = new string('ä', 64)),
            "text of 129 bytes" => create.With(request => request.Name = new string('ä', 64) + "a"),
            "node of 256 bytes" => new ControllerPublishVolumeRequest { NodeId = new string('n', 256) },
            "node of 257 bytes" => new ControllerPublishVolumeRequest { NodeId = new string('n', 257) },
            "flags of 4096 bytes" => create.With(request => request.VolumeCapabilities[0].Mount.MountFlags.Add([new string('f', 4000), new string('f', 96)])),
            "flags of 4097 bytes" => create.With(request => request.VolumeCapabilities[0].Mount.MountFlags.Add([new string('f', 4000), new string('f', 97)])),
            _ => create.With(request => request.VolumeCapabilities[0].Mount.FsType = new string('f', 129)),
        };

        if (isAllowed)
        {
            MessageLimits.Check(message);
        }
        else
        {
            Assert.Equal(StatusCode.InvalidArgument, Assert.Throws<RpcException>(() => MessageLimits.Check(message)).StatusCode);
        }
    }

    [Fact]
    public async Task Call_WithAMessageThatIsTooLarge_IsRefused()
    {
        await using PluginHost host = await PluginHost.StartAsync(new ScriptedProvider());

        await Expect.StatusAsync(
            StatusCode.ResourceExhausted, host.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { Secrets = { { "k", new string('x', 5 * 1024 * 1024) } } }));
    }
}
