using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Waybill.CsiDriver;

/// <summary>Sends traces and metrics to a collector, if one is named.</summary>
/// <remarks>
/// By OTLP, and nothing else: a collector turns it into whatever a site reads, the driver needs no port that anybody can scrape, and the exporters for
/// scraping are not released as stable.
/// </remarks>
internal sealed class DriverTelemetry : IDisposable
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Source = "Waybill.Csi";

    private readonly TracerProvider? _traces;
    private readonly MeterProvider? _metrics;

    private DriverTelemetry(TracerProvider? traces, MeterProvider? metrics)
    {
        _traces = traces;
        _metrics = metrics;
    }

    /// <summary>Begins to send.</summary>
    public static DriverTelemetry Start(DriverOptions options, string version)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(EndpointVariable)))
        {
            return new DriverTelemetry(null, null);
        }

        ResourceBuilder resource = ResourceBuilder.CreateDefault()
            .AddService(options.Name, serviceVersion: version, serviceInstanceId: options.NodeId);
        return new DriverTelemetry(
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Source).AddOtlpExporter().Build(),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Source, "System.Runtime").AddOtlpExporter().Build());
    }

    /// <summary>Sends what is left.</summary>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }
}
