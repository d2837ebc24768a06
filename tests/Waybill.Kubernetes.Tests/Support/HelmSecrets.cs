using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.Tests;

/// <summary>Makes the records that Helm keeps of its releases.</summary>
internal static class HelmSecrets
{
    public static string Of(string home, string release, int version, string status, string manifest)
    {
        var record = new JsonObject
        {
            ["name"] = release, ["namespace"] = home, ["version"] = version, ["manifest"] = manifest,
            ["chart"] = new JsonObject { ["metadata"] = new JsonObject { ["name"] = release, ["version"] = "1.0.0" } },
        };
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zip.Write(Encoding.UTF8.GetBytes(record.ToJsonString()));
        }

        string encoded = Convert.ToBase64String(Encoding.ASCII.GetBytes(Convert.ToBase64String(packed.ToArray())));
        return $$$"""
            {"kind":"Secret","apiVersion":"v1","metadata":{"name":"sh.helm.release.v1.{{{release}}}.v{{{version}}}","namespace":"{{{home}}}","labels":{"owner":"helm","name":"{{{release}}}","status":"{{{status}}}","version":"{{{version}}}"}},"type":"helm.sh/release.v1","data":{"release":"{{{encoded}}}"}}
            """;
    }
}
