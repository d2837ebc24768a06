using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Writes the objects that a mover consists of. All of them belong to its Job and go with it, whoever removes that.</summary>
internal sealed class MoverManifest(MoverOptions options)
{
    /// <summary>How long the cluster keeps a Job that has ended.</summary>
    private const int KeptSeconds = 60;

    private const int Port = 9443;
    private const string Device = "/dev/waybill-volume";
    private const string Directory = "/volume";
    private const string Identity = "/etc/waybill";

    // What the Pod Security level baseline lets be added.
    private static readonly string[] s_toReadFiles = ["DAC_OVERRIDE", "FOWNER"];
    private static readonly string[] s_toWriteFiles = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "MKNOD", "SETFCAP"];

    /// <summary>Gets the time until a Job ends that never came to work, because whoever made it was gone before it was complete.</summary>
    private TimeSpan FirstDeadline => options.StartLimit + TimeSpan.FromMinutes(1);

    public static int ServedPort => Port;

    /// <summary>Writes the Job that serves a volume.</summary>
    public JsonObject Serve(string name, MoverTask task, MoverIdentity identity)
    {
        string[] arguments =
        [
            "serve", "--object", $"{task.Namespace}/{task.Name}", "--token-digest", identity.TokenDigest,
            .. task.IsTree ? (string[])["--directory", Directory] : ["--device", Device, "--length", Text(task.Length)],
            "--certificate", $"{Identity}/tls.crt", "--key", $"{Identity}/tls.key", "--port", Text(Port), "--idle", Text((long)options.IdleLimit.TotalSeconds),
            .. task.IsWritable ? (string[])["--writable"] : [],
        ];
        JsonObject container = Container(arguments, !task.IsTree ? [] : task.IsWritable ? s_toWriteFiles : s_toReadFiles);
        container["env"] = new JsonArray(
            new JsonObject { ["name"] = "POD_IP", ["valueFrom"] = new JsonObject { ["fieldRef"] = new JsonObject { ["fieldPath"] = "status.podIP" } } },
            new JsonObject { ["name"] = "DOTNET_EnableDiagnostics", ["value"] = "0" });
        container["ports"] = new JsonArray(new JsonObject { ["containerPort"] = Port });
        container["readinessProbe"] = new JsonObject { ["tcpSocket"] = new JsonObject { ["port"] = Port }, ["periodSeconds"] = 2 };
        var mounts = new JsonArray(new JsonObject { ["name"] = "identity", ["mountPath"] = Identity, ["readOnly"] = true });
        if (task.IsTree)
        {
            mounts.Add((JsonNode)new JsonObject { ["name"] = "volume", ["mountPath"] = Directory, ["readOnly"] = !task.IsWritable });
        }
        else
        {
            container["volumeDevices"] = new JsonArray(new JsonObject { ["name"] = "volume", ["devicePath"] = Device });
        }

        container["volumeMounts"] = mounts;
        return Job(name, task.Namespace, container, ClaimVolume(task.Claim, task.IsAttachedReadOnly), new JsonObject
        {
            ["name"] = "identity", ["secret"] = new JsonObject { ["secretName"] = name, ["defaultMode"] = 0x100 },
        });
    }

    /// <summary>Writes a Job whose pod does nothing but use a claim, so that the cluster makes its volume.</summary>
    public JsonObject Bind(string name, string objectNamespace, string claim, bool isBlock)
    {
        JsonObject container = Container(["bind"], []);
        container[isBlock ? "volumeDevices" : "volumeMounts"] = new JsonArray(new JsonObject { ["name"] = "volume", [isBlock ? "devicePath" : "mountPath"] = isBlock ? Device : Directory });
        return Job(name, objectNamespace, container, ClaimVolume(claim, isReadOnly: false));
    }

    public static JsonObject Secret(string name, string objectNamespace, string jobUid, MoverIdentity identity) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Secret",
        ["metadata"] = Owned(name, objectNamespace, name, jobUid),
        ["type"] = "kubernetes.io/tls",
        ["data"] = new JsonObject { ["tls.crt"] = Encode(identity.CertificatePem), ["tls.key"] = Encode(identity.KeyPem) },
    };

    public static JsonObject Claim(string job, string jobUid, MoverTask task) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "PersistentVolumeClaim",
        ["metadata"] = Owned(task.Claim, task.Namespace, job, jobUid),
        ["spec"] = task.NewClaim!.DeepClone(),
    };

    /// <summary>Writes a second view of a volume, as a block device. When it is removed, the volume stays.</summary>
    public static JsonObject Twin(string name, JsonObject volume, string objectNamespace, string claimUid)
    {
        var spec = (JsonObject)volume["spec"]!.DeepClone();
        spec["volumeMode"] = "Block";
        spec["persistentVolumeReclaimPolicy"] = "Retain";
        spec["claimRef"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "PersistentVolumeClaim", ["namespace"] = objectNamespace, ["name"] = name, ["uid"] = claimUid };
        spec.Remove("mountOptions");
        spec.Member("csi")?.Remove("fsType");
        return new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolume",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["labels"] = new JsonObject { [ClusterMarks.ManagedBy] = ClusterMarks.Waybill, [ClusterMarks.Mover] = name },
            },
            ["spec"] = spec,
        };
    }

    /// <summary>Writes what lets a mover that has come to work run for as long as it may.</summary>
    public JsonObject Extension() => new() { ["spec"] = new JsonObject { ["activeDeadlineSeconds"] = (long)options.Deadline.TotalSeconds } };

    private JsonObject Job(string name, string objectNamespace, JsonObject container, params JsonNode[] volumes)
    {
        var spec = new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["securityContext"] = new JsonObject { ["seccompProfile"] = new JsonObject { ["type"] = "RuntimeDefault" } },
            ["containers"] = new JsonArray(container),
            ["volumes"] = new JsonArray(volumes),
        };
        if (options.ServiceAccount.Length > 0)
        {
            spec["serviceAccountName"] = options.ServiceAccount;
        }

        var template = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = Labels(name) }, ["spec"] = spec };
        if (options.PodPatch.Length > 0)
        {
            Merge(template, (JsonObject)JsonNode.Parse(options.PodPatch)!);
        }

        return new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = objectNamespace, ["labels"] = Labels(name) },
            ["spec"] = new JsonObject
            {
                ["backoffLimit"] = 4,
                ["activeDeadlineSeconds"] = (long)FirstDeadline.TotalSeconds,
                ["ttlSecondsAfterFinished"] = KeptSeconds,
                ["template"] = template,
            },
        };
    }

    // It needs to be the owner of the device, which is root's, and nothing else that root may. Files belong to others.
    private JsonObject Container(IEnumerable<string> arguments, string[] capabilities) => new()
    {
        ["name"] = "mover",
        ["image"] = options.Image,
        ["args"] = new JsonArray([.. arguments.Select(argument => (JsonNode)argument)]),
        ["resources"] = new JsonObject
        {
            ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "128Mi" },
            ["limits"] = new JsonObject { ["memory"] = "512Mi" },
        },
        ["securityContext"] = new JsonObject
        {
            ["runAsUser"] = 0,
            ["allowPrivilegeEscalation"] = false,
            ["readOnlyRootFilesystem"] = true,
            ["capabilities"] = new JsonObject { ["drop"] = new JsonArray((JsonNode)"ALL"), ["add"] = new JsonArray([.. capabilities.Select(one => (JsonNode)one)]) },
        },
    };

    private static JsonObject ClaimVolume(string claim, bool isReadOnly) => new()
    {
        ["name"] = "volume", ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = claim, ["readOnly"] = isReadOnly },
    };

    private static JsonObject Labels(string name) => new() { [ClusterMarks.ManagedBy] = ClusterMarks.Waybill, [ClusterMarks.Mover] = name };

    private static JsonObject Owned(string name, string objectNamespace, string job, string jobUid) => new()
    {
        ["name"] = name,
        ["namespace"] = objectNamespace,
        ["labels"] = Labels(job),
        ["ownerReferences"] = new JsonArray(new JsonObject { ["apiVersion"] = "batch/v1", ["kind"] = "Job", ["name"] = job, ["uid"] = jobUid }),
    };

    /// <summary>Merges by RFC 7396.</summary>
    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is JsonObject inner)
            {
                if (into[name] is not JsonObject known)
                {
                    into[name] = known = [];
                }

                Merge(known, inner);
            }
            else if (value is null)
            {
                into.Remove(name);
            }
            else
            {
                into[name] = value.DeepClone();
            }
        }
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
