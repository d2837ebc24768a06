using System.Collections.Immutable;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Finds what objects say of data outside of the cluster. Secrets are never looked into.</summary>
internal static class ExternalDataReader
{
    /// <summary>Schemes of addresses that lead to data, and what is there.</summary>
    private static readonly Dictionary<string, string> s_schemes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["postgres"] = "database", ["postgresql"] = "database", ["mysql"] = "database", ["mariadb"] = "database", ["sqlserver"] = "database", ["oracle"] = "database",
        ["mongodb"] = "database", ["mongodb+srv"] = "database", ["redis"] = "database", ["rediss"] = "database", ["cassandra"] = "database", ["clickhouse"] = "database",
        ["s3"] = "object-store", ["s3a"] = "object-store", ["gs"] = "object-store", ["abfs"] = "object-store", ["abfss"] = "object-store", ["wasbs"] = "object-store",
        ["amqp"] = "message-queue", ["amqps"] = "message-queue", ["kafka"] = "message-queue", ["nats"] = "message-queue",
        ["nfs"] = "nfs", ["smb"] = "smb", ["ldap"] = "directory", ["ldaps"] = "directory",
    };

    public static IEnumerable<ExternalData> Read(JsonElement root, ObjectKey key, string reference)
    {
        JsonElement spec = root.Member("spec");
        return (key.Group, key.Kind) switch
        {
            ("", "Service") when spec.Text("type") == "ExternalName" => [new ExternalData("service", spec.Text("externalName"), reference)],
            ("", "Endpoints") when IsByHand(root) => root.Items("subsets").SelectMany(subset => Addresses(subset.Items("addresses"), subset.Items("ports"), reference)),
            ("discovery.k8s.io", "EndpointSlice") when IsByHand(root) => root.Items("endpoints")
                .SelectMany(endpoint => endpoint.Items("addresses")).Select(address => new ExternalData("service", address.GetString() ?? "", reference)),
            ("", "PersistentVolume") => Volume(spec, reference),
            ("", "ConfigMap") => root.Members("data").SelectMany(entry => Lines(entry.Value)).SelectMany(line => Url(line, reference)),
            _ when PodSpecs.Find(root, key.Group, key.Kind) is { ValueKind: JsonValueKind.Object } pod =>
                pod.Items("volumes").SelectMany(volume => Volume(volume, reference))
                    .Concat(PodSpecs.Containers(pod).SelectMany(container => container.Items("env")).SelectMany(variable => Url(variable.Text("value"), reference))),
            _ => [],
        };
    }

    private static IEnumerable<ExternalData> Volume(JsonElement source, string reference)
    {
        foreach ((string member, string kind, ImmutableArray<string> parts) in (ReadOnlySpan<(string, string, ImmutableArray<string>)>)
            [
                ("nfs", "nfs", ["server", "path"]), ("cephfs", "cephfs", ["path"]), ("glusterfs", "glusterfs", ["endpoints", "path"]), ("azureFile", "smb", ["shareName"]),
                ("iscsi", "iscsi", ["targetPortal", "iqn"]), ("hostPath", "host-path", ["path"]), ("local", "host-path", ["path"]), ("rbd", "rbd", ["pool", "image"]),
            ])
        {
            JsonElement found = source.Member(member);
            if (found.ValueKind == JsonValueKind.Object)
            {
                return [new ExternalData(kind, string.Join(':', parts.Select(part => found.Text(part)).Where(text => text.Length > 0)), reference)];
            }
        }

        return [];
    }

    /// <summary>Endpoints that a controller keeps say so, or have an owner.</summary>
    private static bool IsByHand(JsonElement root)
    {
        JsonElement metadata = root.Member("metadata");
        return !metadata.Items("ownerReferences").Any()
            && metadata.Member("labels").Text("endpointslice.kubernetes.io/managed-by").Length == 0
            && metadata.Member("annotations").Text("endpoints.kubernetes.io/last-change-trigger-time").Length == 0;
    }

    private static IEnumerable<ExternalData> Addresses(IEnumerable<JsonElement> addresses, IEnumerable<JsonElement> ports, string reference)
    {
        string port = ports.Select(p => p.Member("port")).FirstOrDefault() is { ValueKind: JsonValueKind.Number } number ? $":{number.GetRawText()}" : "";
        return addresses.Where(address => address.Member("targetRef").ValueKind != JsonValueKind.Object)
            .Select(address => new ExternalData("service", (address.Text("hostname") is { Length: > 0 } name ? name : address.Text("ip")) + port, reference));
    }

    private static IEnumerable<string> Lines(JsonElement value)
    {
        const int Longest = 64 << 10;
        string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return text.Length > Longest ? [] : text.Split(['\n', ' ', '"', '\'', ',', '=']);
    }

    private static IEnumerable<ExternalData> Url(string text, string reference)
    {
        string address = text.Trim().StartsWith("jdbc:", StringComparison.OrdinalIgnoreCase) ? text.Trim()["jdbc:".Length..] : text.Trim();
        int mark = address.IndexOf("://", StringComparison.Ordinal);
        if (mark <= 0 || !s_schemes.TryGetValue(address[..mark], out string? kind))
        {
            return [];
        }

        // Nothing that lets anyone in: no user, no password, no parameters.
        string rest = address[(mark + 3)..];
        rest = rest[..(rest.IndexOfAny(['?', '#', ';']) is var end and >= 0 ? end : rest.Length)];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        int at = rest.LastIndexOf('@', slash >= 0 ? slash : Math.Max(rest.Length - 1, 0));
        string host = rest[(at + 1)..];
        return host.Length == 0 || IsInCluster(host) ? [] : [new ExternalData(kind, $"{address[..mark]}://{host}", reference)];
    }

    /// <summary>A name without a dot, or one of a Service, leads into the cluster.</summary>
    private static bool IsInCluster(string host)
    {
        string name = host.Split('/', ':')[0];
        return name is "localhost" or "127.0.0.1" || !name.Contains('.', StringComparison.Ordinal)
            || name.EndsWith(".svc", StringComparison.Ordinal) || name.Contains(".svc.", StringComparison.Ordinal);
    }
}
