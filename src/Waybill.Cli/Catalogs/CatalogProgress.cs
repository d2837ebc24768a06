using System.Globalization;
using Waybill.Catalog;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Catalogs;

/// <summary>One line on a terminal that counts the bundles of a scan.</summary>
internal sealed class CatalogProgress(CliConsole console) : IProgress<CatalogScanProgress>, IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private long _lastDrawn = console.Time.GetTimestamp();
    private bool _isDrawn;

    public void Report(CatalogScanProgress value)
    {
        lock (_gate)
        {
            if (console.IsErrorTerminal && console.Time.GetElapsedTime(_lastDrawn) >= s_interval)
            {
                _lastDrawn = console.Time.GetTimestamp();
                _isDrawn = true;
                string text = string.Create(CultureInfo.InvariantCulture, $"{value.Done:N0} {TerminalText.Escape(value.Name)}");
                int room = console.GetWidth() - 1;
                console.Error.Write("\r" + (text.Length <= room ? text : text[..room]) + "\u001b[K");
            }
        }
    }

    /// <summary>Removes the line.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDrawn)
            {
                _isDrawn = false;
                console.Error.Write("\r\u001b[K");
            }
        }
    }
}
