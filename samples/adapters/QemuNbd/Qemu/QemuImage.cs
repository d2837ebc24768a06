using System.Globalization;
using System.Text.Json;

namespace Waybill.Samples.QemuNbd;

/// <summary>What is done to image files that no server writes to.</summary>
internal sealed class QemuImage(QemuTool tool)
{
    private const string Format = "qcow2";

    /// <summary>Makes an image of zeros.</summary>
    public Task CreateAsync(string path, long length, CancellationToken cancellationToken) =>
        tool.RunAsync(["create", "-q", "-f", Format, path, Text(length)], cancellationToken);

    /// <summary>Makes an image that shows another until it is written to. The other may be in use.</summary>
    public Task CreateOverlayAsync(string path, string backing, long length, CancellationToken cancellationToken) =>
        tool.RunAsync(["create", "-q", "-u", "-f", Format, "-F", Format, "-b", backing, path, Text(length)], cancellationToken);

    /// <summary>Adds a persistent bitmap.</summary>
    public Task AddBitmapAsync(string path, string name, int granularity, bool enabled, CancellationToken cancellationToken) =>
        tool.RunAsync(["bitmap", "--add", .. (IEnumerable<string>)(enabled ? [] : ["--disable"]), "-g", Text(granularity), path, name], cancellationToken);

    /// <summary>Stops a bitmap from recording.</summary>
    public Task DisableBitmapAsync(string path, string name, CancellationToken cancellationToken) =>
        tool.RunAsync(["bitmap", "--disable", path, name], cancellationToken);

    /// <summary>Adds what a bitmap of an image recorded to a bitmap of another.</summary>
    public Task MergeBitmapAsync(string path, string name, string sourcePath, string sourceName, CancellationToken cancellationToken) =>
        tool.RunAsync(["bitmap", "--merge", sourceName, "-b", sourcePath, "-F", Format, path, name], cancellationToken);

    /// <summary>Puts an image on another backing file, or on none, such that its content stays the same.</summary>
    public Task RebaseAsync(string path, string backing, CancellationToken cancellationToken) =>
        tool.RunAsync(backing.Length > 0 ? ["rebase", "-f", Format, "-F", Format, "-b", backing, path] : ["rebase", "-f", Format, "-b", "", path], cancellationToken);

    /// <summary>Reads what an image file says of itself, in use or not.</summary>
    public async Task<ImageInfo> GetInfoAsync(string path, CancellationToken cancellationToken)
    {
        string printed = await tool.RunAsync(["info", "-U", "-f", Format, "--output=json", path], cancellationToken).ConfigureAwait(false);
        JsonElement root = JsonElement.Parse(printed);
        var bitmaps = new Dictionary<string, BitmapInfo>(StringComparer.Ordinal);
        if (root.TryGetProperty("format-specific", out JsonElement specific)
            && specific.GetProperty("data").TryGetProperty("bitmaps", out JsonElement listed))
        {
            foreach (JsonElement one in listed.EnumerateArray())
            {
                string[] flags = [.. one.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()!)];
                bitmaps[one.GetProperty("name").GetString()!] = new BitmapInfo(one.GetProperty("granularity").GetInt32(), flags.Contains("in-use"), flags.Contains("auto"));
            }
        }

        return new ImageInfo(root.GetProperty("virtual-size").GetInt64(), bitmaps);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
