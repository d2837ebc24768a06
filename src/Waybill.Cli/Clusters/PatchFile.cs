using System.Text.Json;
using Waybill.Kubernetes;

namespace Waybill.Cli.Clusters;

/// <summary>Reads files of patches: a list of objects with <c>operations</c> and, where they are not for everything, <c>kind</c>, <c>group</c>, <c>name</c>, <c>namespace</c>.</summary>
internal static class PatchFile
{
    public static async Task<ObjectPatch[]> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
            return [.. document.RootElement.EnumerateArray().Select(Read)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WaybillException(WaybillErrorCode.SourceReadFailed, $"The patches could not be read: {error.Message}", error) { ObjectName = path };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new WaybillException(WaybillErrorCode.TransformInvalid, $"This is no list of patches: {error.Message}", error)
            {
                ObjectName = path, Hint = """write [{"kind":"Deployment","operations":[{"op":"replace","path":"/spec/replicas","value":0}]}]""",
            };
        }
    }

    private static ObjectPatch Read(JsonElement entry) => new(entry.GetProperty("operations").GetRawText())
    {
        Kind = Text(entry, "kind"), Group = Text(entry, "group"), Name = Text(entry, "name"), Namespace = Text(entry, "namespace"),
    };

    private static string Text(JsonElement entry, string name) => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";
}
