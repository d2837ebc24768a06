using Waybill.Cli.Terminal;

namespace Waybill.Cli.Tests.Terminal;

public sealed class ProgressLineTests : IDisposable
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Report_NoTerminal_WritesNothing()
    {
        using (var line = new ProgressLine(Console(isTerminal: false)))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            line.Report("volume data", 1, 2);
        }

        Assert.Empty(_error.ToString());
    }

    [Fact]
    public void Report_ManyTimes_DrawsFiveTimesASecond()
    {
        using var line = new ProgressLine(Console(isTerminal: true));
        for (int i = 0; i < 1000; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(2));
            line.Report("volume data", i, 1000);
        }

        Assert.Equal(10, _error.ToString().Count(c => c == '\r'));
    }

    [Fact]
    public void Report_WithTotal_ShowsPartRateAndTimeLeft()
    {
        using var line = new ProgressLine(Console(isTerminal: true));
        line.Report("volume d\u001bta", 0, 200 << 20);
        _time.Advance(TimeSpan.FromSeconds(2));
        line.Report("volume d\u001bta", 50 << 20, 200 << 20);

        Assert.Equal("\rvolume d\\u{1B}ta [######..................]  25 %, 25.0 MiB/s, 0:06 left\u001b[K", _error.ToString());
    }

    [Fact]
    public void Report_WithoutTotal_ShowsWhatIsDone()
    {
        using var line = new ProgressLine(Console(isTerminal: true));
        line.Report("files", 0, 0);
        _time.Advance(TimeSpan.FromSeconds(2));
        line.Report("files", 3 << 20, 0);

        Assert.Equal("\rfiles 3.00 MiB, 1.50 MiB/s\u001b[K", _error.ToString());
    }

    [Fact]
    public void Dispose_AfterDrawing_RemovesTheLineOnce()
    {
        var line = new ProgressLine(Console(isTerminal: true));
        _time.Advance(TimeSpan.FromSeconds(1));
        line.Report("x", 1, 2);
        line.Dispose();
        line.Dispose();
        _time.Advance(TimeSpan.FromSeconds(1));
        line.Report("x", 2, 2);

        string written = _error.ToString();
        Assert.EndsWith("\u001b[K\r\u001b[K", written, StringComparison.Ordinal);
        Assert.Equal(2, written.Count(c => c == '\r'));
    }

    [Fact]
    public void Report_NarrowTerminal_NeverWraps()
    {
        using var line = new ProgressLine(Console(isTerminal: true, width: 40));
        _time.Advance(TimeSpan.FromSeconds(1));
        line.Report(new string('n', 100), 1, 2);

        Assert.Equal(39, _error.ToString().Replace("\r", "", StringComparison.Ordinal).Replace("\u001b[K", "", StringComparison.Ordinal).Length);
    }

    private CliConsole Console(bool isTerminal, int width = 120) => new()
    {
        OpenInput = () => Stream.Null,
        OpenOutput = () => Stream.Null,
        Output = TextWriter.Null,
        Error = _error,
        IsErrorTerminal = isTerminal,
        GetWidth = () => width,
        Time = _time,
    };
}
