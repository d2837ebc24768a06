using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Waybill.Backup;

namespace Waybill.Kubernetes;

/// <summary>Lets a cluster say who calls the backup API and what they may do, each time anew: by TokenReview and SubjectAccessReview.</summary>
/// <remarks>
/// <para>A caller may do what its roles say of the object by its name (docs/spec/backup-api.md, section 2). Nothing is remembered between calls, so what is revoked
/// counts from the next call on.</para>
/// <para>The connection's own account needs <c>create</c> on <c>tokenreviews</c> and <c>subjectaccessreviews</c>.</para>
/// </remarks>
public sealed class KubernetesAuthority : IBackupAuthority
{
    private const string TokenReviews = "/apis/authentication.k8s.io/v1/tokenreviews";
    private const string AccessReviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    private const string Snapshots = "snapshot.storage.k8s.io";
    private const string Bundles = "backup.waybill";

    private readonly ClusterQuestions _questions;
    private readonly string _audience;

    /// <summary>Takes a cluster.</summary>
    /// <param name="connection">The cluster; it stays the caller's.</param>
    /// <param name="options">Which tokens count.</param>
    /// <exception cref="ArgumentException">No audience is named: any token of the cluster would then count.</exception>
    public KubernetesAuthority(ClusterConnection connection, KubernetesAuthorityOptions options)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Audience);
        _questions = new ClusterQuestions(connection);
        _audience = options.Audience;
    }

    /// <inheritdoc/>
    public async ValueTask<BackupCaller?> AuthenticateAsync(string token, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (token.Length == 0)
        {
            return null;
        }

        byte[] review = WriteReview("authentication.k8s.io/v1", "TokenReview", json =>
        {
            json.WriteString("token", token);
            json.WriteStartArray("audiences");
            json.WriteStringValue(_audience);
            json.WriteEndArray();
        });
        try
        {
            return await _questions.ReviewAsync(TokenReviews, review, ReadCaller, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(review);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> MayAsync(
        BackupCaller caller, BackupAction action, string objectNamespace, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(objectNamespace);
        ArgumentNullException.ThrowIfNull(name);

        // A role without names covers any text as a name; what cannot be one is not asked about.
        if (!KubernetesNames.IsNamespace(objectNamespace) || !IsName(action, name))
        {
            return false;
        }

        foreach ((string verb, string group, string resource) in Needs(action))
        {
            byte[] review = WriteReview("authorization.k8s.io/v1", "SubjectAccessReview", json =>
            {
                WriteCaller(json, caller);
                json.WriteStartObject("resourceAttributes");
                json.WriteString("verb", verb);
                json.WriteString("group", group);
                json.WriteString("resource", resource);
                json.WriteString("namespace", objectNamespace);
                json.WriteString("name", name);
                json.WriteEndObject();
            });
            bool isAllowed = await _questions.ReviewAsync(
                AccessReviews, review, static status => status.IsTrue("allowed") && !status.IsTrue("denied"), cancellationToken).ConfigureAwait(false);
            if (!isAllowed)
            {
                return false;
            }
        }

        return true;
    }

    private static (string Verb, string Group, string Resource)[] Needs(BackupAction action) => action switch
    {
        BackupAction.ReadSnapshot => [("get", Snapshots, "volumesnapshots")],
        BackupAction.WriteClaim => [("update", "", "persistentvolumeclaims")],
        BackupAction.ReadBundle => [("get", Bundles, "bundles")],
        BackupAction.WriteBundle => [("create", Bundles, "bundles")],
        BackupAction.List => [("list", "", "persistentvolumeclaims"), ("list", Snapshots, "volumesnapshots")],
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "There is no such action."),
    };

    private static bool IsName(BackupAction action, string name) => action switch
    {
        BackupAction.List => name.Length == 0,
        BackupAction.ReadBundle or BackupAction.WriteBundle => KubernetesNames.IsBundle(name),
        _ => KubernetesNames.IsObject(name),
    };

    private BackupCaller? ReadCaller(JsonElement status)
    {
        // A server that knows nothing of audiences accepts any token and names none; then none counts.
        bool isOurs = status.Items("audiences").Any(audience => audience.ValueKind == JsonValueKind.String && audience.GetString() == _audience);
        JsonElement user = status.Member("user");
        string name = user.Text("username");
        if (!status.IsTrue("authenticated") || !isOurs || name.Length == 0)
        {
            return null;
        }

        return new BackupCaller(name)
        {
            Uid = user.Text("uid"),
            Groups = Texts(user.Items("groups")),
            Extra = user.Members("extra").ToImmutableSortedDictionary(member => member.Name, member => Texts(user.Member("extra").Items(member.Name)), StringComparer.Ordinal),
        };
    }

    private static ImmutableArray<string> Texts(IEnumerable<JsonElement> items) =>
        [.. items.Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];

    private static void WriteCaller(Utf8JsonWriter json, BackupCaller caller)
    {
        json.WriteString("user", caller.Name);
        json.WriteString("uid", caller.Uid);
        WriteTexts(json, "groups", caller.Groups);
        json.WriteStartObject("extra");
        foreach ((string name, ImmutableArray<string> values) in caller.Extra)
        {
            WriteTexts(json, name, values);
        }

        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static byte[] WriteReview(string apiVersion, string kind, Action<Utf8JsonWriter> writeSpec)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", apiVersion);
            json.WriteString("kind", kind);
            json.WriteStartObject("spec");
            writeSpec(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        byte[] review = buffer.ToArray();
        CryptographicOperations.ZeroMemory(buffer.GetBuffer());
        return review;
    }
}
