using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Waybill.Kubernetes;

/// <summary>Reads the hooks that annotations of a pod ask for: ours, and those that users of Velero have written.</summary>
internal static partial class HookAnnotations
{
    private const string Own = "hook.backup.waybill";

    private static readonly string[] s_domains = [Own, "hook.backup.velero.io"];

    /// <summary>Reads the hooks of a pod; null if it has none, or does not run.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.ResourceInvalid"/>.</exception>
    public static PodHook? Read(ReadOnlyMemory<byte> pod)
    {
        using JsonDocument document = JsonDocument.Parse(pod);
        return Read(document.RootElement);
    }

    /// <inheritdoc cref="Read(ReadOnlyMemory{byte})"/>
    public static PodHook? Read(JsonElement pod)
    {
        JsonElement metadata = pod.Member("metadata");
        JsonElement annotations = metadata.Member("annotations");
        if (pod.Member("status").Text("phase") != "Running" || metadata.Text("deletionTimestamp").Length > 0
            || s_domains.FirstOrDefault(domain => HasCommand(annotations, "pre", domain) || HasCommand(annotations, "post", domain)) is not { } found)
        {
            return null;
        }

        string place = $"{metadata.Text("namespace")}/{metadata.Text("name")}";
        var reader = new Reader(annotations, found, place);
        string before = annotations.Text($"pre.{found}/container");
        string after = annotations.Text($"post.{found}/container");
        return before.Length > 0 && after.Length > 0 && before != after
            ? throw reader.Invalid("container", "both are run in one container")
            : new PodHook(metadata.Text("namespace"), metadata.Text("name"))
            {
                Container = before.Length > 0 ? before : after,
                Pre = reader.Command("pre"),
                PreLimit = reader.Limit("pre"),
                PreMayFail = reader.MayFail("pre"),
                Post = reader.Command("post"),
                PostLimit = reader.Limit("post"),
                PostMayFail = reader.MayFail("post"),
                Claims = [.. ClaimsOf(pod).Select(claim => $"{metadata.Text("namespace")}/{claim}")],
            };
    }

    private static IEnumerable<string> ClaimsOf(JsonElement pod)
    {
        foreach (JsonElement volume in pod.Member("spec").Items("volumes"))
        {
            string claim = volume.Member("ephemeral").ValueKind == JsonValueKind.Object
                ? $"{pod.Member("metadata").Text("name")}-{volume.Text("name")}"
                : volume.Member("persistentVolumeClaim").Text("claimName");
            if (claim.Length > 0)
            {
                yield return claim;
            }
        }
    }

    private static bool HasCommand(JsonElement annotations, string when, string domain) => annotations.Text($"{when}.{domain}/command").Length > 0;

    [GeneratedRegex(@"^(?:(?<number>[0-9]+(?:\.[0-9]+)?)(?<unit>ms|s|m|h))+$", RegexOptions.ExplicitCapture)]
    private static partial Regex Span();

    private sealed class Reader(JsonElement annotations, string domain, string pod)
    {
        private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);

        /// <summary>Reads a list in JSON or, as it is, the name of a program.</summary>
        public ImmutableArray<string> Command(string when)
        {
            string text = annotations.Text($"{when}.{domain}/command");
            if (!text.StartsWith('['))
            {
                return text.Length == 0 ? [] : [text];
            }

            try
            {
                using JsonDocument list = JsonDocument.Parse(text);
                JsonElement[] words = [.. list.RootElement.EnumerateArray()];
                if (words.Length > 0 && words[0].ValueKind == JsonValueKind.String && words[0].GetString()!.Length > 0 && words.All(word => word.ValueKind == JsonValueKind.String))
                {
                    return [.. words.Select(word => word.GetString()!)];
                }
            }
            catch (JsonException)
            {
                // The same as a list of something else.
            }

            throw Invalid($"{when}.{domain}/command", "a command is a list of texts, the first of which names a program");
        }

        public TimeSpan Limit(string when)
        {
            string text = annotations.Text($"{when}.{domain}/timeout");
            if (text.Length == 0)
            {
                return new PodHook("", "").PreLimit;
            }

            Match match = Span().Match(text);
            double seconds = match.Success ? match.Groups["number"].Captures.Zip(match.Groups["unit"].Captures, SecondsOf).Sum() : 0;
            return seconds > 0 && seconds <= s_longest.TotalSeconds
                ? TimeSpan.FromSeconds(Math.Ceiling(seconds))
                : throw Invalid($"{when}.{domain}/timeout", "a time is written like 30s or 1m30s, and is an hour at most");
        }

        public bool MayFail(string when) => annotations.Text($"{when}.{domain}/on-error") switch
        {
            "" or "Fail" => false,
            "Continue" => true,
            _ => throw Invalid($"{when}.{domain}/on-error", "it is Fail or Continue"),
        };

        public WaybillException Invalid(string annotation, string rule) =>
            new(WaybillErrorCode.ResourceInvalid, $"The hooks of a pod cannot be read from its annotations: {rule}")
            {
                ObjectName = $"v1/Pod/{pod} {annotation}", Hint = "Correct the annotation, or leave hooks out with --no-hooks.",
            };

        private static double SecondsOf(Capture number, Capture unit) => double.Parse(number.Value, CultureInfo.InvariantCulture) * unit.Value switch
        {
            "ms" => 0.001,
            "m" => 60,
            "h" => 3_600,
            _ => 1,
        };
    }
}
