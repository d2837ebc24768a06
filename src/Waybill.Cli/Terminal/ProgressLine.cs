using System.Globalization;

namespace Waybill.Cli.Terminal;

/// <summary>
/// One line on standard error that shows how far long work has come. Drawn at most five times a second, and only if a person may be looking;
/// otherwise nothing is ever written.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private const int BarWidth = 24;
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly CliConsole _console;
    private readonly Lock _gate = new();
    private long _started;
    private long _lastDrawn;
    private string _what = "";
    private bool _isDrawn;
    private bool _isDisposed;

    public ProgressLine(CliConsole console)
    {
        _console = console;
        _started = console.Time.GetTimestamp();
        _lastDrawn = _started;
    }

    /// <summary>Says where the work stands; cheap enough to be called for each cell.</summary>
    /// <param name="what">What is being worked on; a change starts the clock anew.</param>
    /// <param name="done">The bytes that are done.</param>
    /// <param name="total">All bytes, or 0 if that is not known.</param>
    public void Report(string what, long done, long total)
    {
        if (!_console.IsErrorTerminal)
        {
            return;
        }

        lock (_gate)
        {
            if (_what != what)
            {
                _what = what;
                _started = _console.Time.GetTimestamp();
            }

            if (_isDisposed || _console.Time.GetElapsedTime(_lastDrawn) < s_interval)
            {
                return;
            }

            _lastDrawn = _console.Time.GetTimestamp();
            _isDrawn = true;
            _console.Error.Write("\r" + Compose(done, total) + "\u001b[K");
        }
    }

    /// <summary>Removes the line, so that what is printed next stands where it stood.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            if (_isDrawn)
            {
                _isDrawn = false;
                _console.Error.Write("\r\u001b[K");
            }
        }
    }

    private string Compose(long done, long total)
    {
        TimeSpan elapsed = _console.Time.GetElapsedTime(_started);
        double rate = elapsed.TotalSeconds > 0 ? done / elapsed.TotalSeconds : 0;
        string tail;
        if (total > 0)
        {
            double part = Math.Clamp((double)done / total, 0, 1);
            int filled = (int)(part * BarWidth);
            string left = rate > 0 && done < total
                ? ", " + HumanUnits.Duration(TimeSpan.FromSeconds(Math.Min((total - done) / rate, 360_000))) + " left"
                : "";
            tail = string.Create(
                CultureInfo.InvariantCulture,
                $" [{new string('#', filled)}{new string('.', BarWidth - filled)}] {part * 100,3:F0} %, {HumanUnits.Size((long)rate)}/s{left}");
        }
        else
        {
            tail = $" {HumanUnits.Size(done)}, {HumanUnits.Size((long)rate)}/s";
        }

        int room = _console.GetWidth() - 1;
        string line = TerminalText.Escape(_what) + tail;
        return line.Length <= room ? line : line[^room..];
    }
}
