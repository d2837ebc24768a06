using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Catalog.Tests.Support;

/// <summary>A headless Chromium with one page, driven over its own protocol. Gone when it is disposed.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _limit = new(s_patience);
    private int _lastId;

    private Browser(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <summary>Gets the addresses that the page asked for, itself included.</summary>
    public List<string> Requests { get; } = [];

    public static async Task<Browser> StartAsync()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs: Linux");
        string? program = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);
        Machine.Require(program is not null, "Chromium");
        string profile = Directory.CreateTempSubdirectory("waybill-browser-").FullName;
        var start = new ProcessStartInfo(
            program!,
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-dev-shm-usage", "--remote-debugging-port=0", $"--user-data-dir={profile}", "about:blank"])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        };
        var browser = new Browser(Process.Start(start)!, profile);
        try
        {
            await browser.ConnectAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a page on a screen.</summary>
    public async Task OpenAsync(string file, int width, int height, bool dark)
    {
        Requests.Clear();
        await CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });
        await CallAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }) });
        await CallAsync("Page.navigate", new JsonObject { ["url"] = new Uri(file).AbsoluteUri });
        while (await AskAsync("document.readyState + ' ' + location.href") != $"complete {new Uri(file).AbsoluteUri}")
        {
        }
    }

    /// <summary>Evaluates an expression that gives a text.</summary>
    public async Task<string> AskAsync(string expression)
    {
        JsonNode result = await CallAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true });
        Assert.True(result["exceptionDetails"] is null, result.ToJsonString());
        return result["result"]!["value"]?.ToString() ?? "";
    }

    public async Task<byte[]> PictureAsync() => Convert.FromBase64String((await CallAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" }))["data"]!.GetValue<string>());

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        _limit.Dispose();
        using Process removal = Process.Start("rm", ["-rf", "--", _profile]);
        await removal.WaitForExitAsync();
    }

    private async Task ConnectAsync()
    {
        string? line;
        const string Announcement = "DevTools listening on ";
        do
        {
            line = await _process.StandardError.ReadLineAsync(_limit.Token);
            Assert.NotNull(line);
        }
        while (!line.StartsWith(Announcement, StringComparison.Ordinal));

        var address = new Uri(line[Announcement.Length..]);
        using var http = new HttpClient();
        JsonNode pages = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://{address.Authority}/json/list"), _limit.Token))!;
        string page = pages.AsArray().First(entry => entry!["type"]!.GetValue<string>() == "page")!["webSocketDebuggerUrl"]!.GetValue<string>();
        await _socket.ConnectAsync(new Uri(page), _limit.Token);
        await CallAsync("Page.enable", []);
        await CallAsync("Network.enable", []);
    }

    private async Task<JsonNode> CallAsync(string method, JsonObject parameters)
    {
        int id = ++_lastId;
        var call = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        await _socket.SendAsync(Encoding.UTF8.GetBytes(call.ToJsonString()), WebSocketMessageType.Text, true, _limit.Token);
        while (true)
        {
            JsonNode message = await ReceiveAsync();
            if (message["id"]?.GetValue<int>() == id)
            {
                Assert.True(message["error"] is null, $"{method}: {message["error"]?.ToJsonString()}");
                return message["result"]!;
            }

            if (message["method"]?.GetValue<string>() == "Network.requestWillBeSent")
            {
                Requests.Add(message["params"]!["request"]!["url"]!.GetValue<string>());
            }
        }
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        var message = new MemoryStream();
        var buffer = new byte[64 * 1024];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, _limit.Token);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonSerializer.Deserialize<JsonNode>(message.ToArray())!;
    }
}
