using Microsoft.Extensions.Logging;

namespace Waybill.CsiDriver.Tests;

public sealed class DriverOptionsTests
{
    [Fact]
    public void Parse_OfTheCommandLine_WinsOverTheEnvironment()
    {
        var environment = new Dictionary<string, string> { ["CSI_ENDPOINT"] = "unix:///a.sock", ["WAYBILL_POOL"] = "/pool", ["WAYBILL_LOG_LEVEL"] = "debug", ["WAYBILL_NODE_ID"] = "" };

        DriverOptions options = DriverOptions.Parse(["--endpoint=unix:///b.sock", "--health", "127.0.0.1:9808", "--max-volumes", "12"], name => environment.GetValueOrDefault(name));

        Assert.Equal("unix:///b.sock", options.Endpoint);
        Assert.Equal("/pool", options.Pool);
        Assert.Equal(Environment.MachineName, options.NodeId);
        Assert.Equal("local.csi.waybill", options.Name);
        Assert.Equal("127.0.0.1:9808", options.Health?.ToString());
        Assert.Equal((12L, LogLevel.Debug), (options.MaxVolumes, options.LogLevel));
    }

    [Theory]
    [InlineData("--pool /p", "--endpoint")]
    [InlineData("--endpoint unix:///a.sock", "--pool")]
    [InlineData("--endpoint unix:///a.sock --pool", "--pool")]
    [InlineData("--endpoint unix:///a.sock --pool /p --pool /q", "twice")]
    [InlineData("--endpoint unix:///a.sock --pool /p --colour red", "--colour")]
    [InlineData("--endpoint unix:///a.sock --pool /p --max-volumes -1", "--max-volumes")]
    [InlineData("--endpoint unix:///a.sock --pool /p --health localhost", "--health")]
    [InlineData("--endpoint unix:///a.sock --pool /p --log-level 3", "--log-level")]
    public void Parse_OfWhatCannotBeUsed_SaysWhichOption(string line, string named)
    {
        FormatException error = Assert.Throws<FormatException>(() => DriverOptions.Parse(line.Split(' '), _ => null));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Usage_NamesEveryVariable()
    {
        foreach (string name in (string[])["CSI_ENDPOINT", "WAYBILL_POOL", "WAYBILL_NODE_ID", "WAYBILL_DRIVER_NAME", "WAYBILL_MAX_VOLUMES", "WAYBILL_HEALTH", "WAYBILL_LOG_LEVEL"])
        {
            Assert.Contains(name, DriverOptions.Usage, StringComparison.Ordinal);
        }
    }
}
