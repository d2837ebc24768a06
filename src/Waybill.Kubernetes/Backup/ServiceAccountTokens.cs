using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes;

/// <summary>Tokens of a service account for an audience, each asked for anew before it runs out. They are kept in memory only, and in no message.</summary>
internal sealed class ServiceAccountTokens(ClusterObjects objects, TimeProvider time, string serviceAccount) : IDisposable
{
    private const string Prefix = "system:serviceaccount:";
    private const int LifetimeSeconds = 3600;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<string, (string Token, DateTimeOffset RenewAt)> _tokens = new(StringComparer.Ordinal);
    private string _account = serviceAccount;

    public async ValueTask<string> GetAsync(string audience, bool renew, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            DateTimeOffset now = time.GetUtcNow();
            if (!renew && _tokens.TryGetValue(audience, out (string Token, DateTimeOffset RenewAt) known) && now < known.RenewAt)
            {
                return known.Token;
            }

            _account = _account.Length > 0 ? _account : await FindOwnAsync(cancellationToken).ConfigureAwait(false);
            string[] parts = _account.Split('/');
            if (parts.Length != 2 || !ClusterObjectId.IsName(parts[0]) || !ClusterObjectId.IsName(parts[1]))
            {
                throw NoAccount($"'{_account}' is not NAMESPACE/NAME");
            }

            var request = new JsonObject
            {
                ["apiVersion"] = "authentication.k8s.io/v1",
                ["kind"] = "TokenRequest",
                ["spec"] = new JsonObject { ["audiences"] = new JsonArray((JsonNode)audience), ["expirationSeconds"] = LifetimeSeconds },
            };
            JsonElement answer = await objects.PostAsync($"/api/v1/namespaces/{parts[0]}/serviceaccounts/{parts[1]}/token", request, cancellationToken).ConfigureAwait(false);
            string token = answer.Member("status").Text("token");
            bool dated = DateTimeOffset.TryParse(answer.Member("status").Text("expirationTimestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset expires);
            if (token.Length == 0 || !dated)
            {
                throw new ProviderException(WaybillErrorCode.ClusterFailed, "kubernetes", "The cluster gives no token of the service account") { ObjectName = _account };
            }

            // A fifth of its life is time enough for a busy cluster, and for clocks that do not agree.
            _tokens[audience] = (token, now + ((expires - now) * 0.8));
            return token;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task<string> FindOwnAsync(CancellationToken cancellationToken)
    {
        var review = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "SelfSubjectReview" };
        JsonElement answer = await objects.PostAsync("/apis/authentication.k8s.io/v1/selfsubjectreviews", review, cancellationToken).ConfigureAwait(false);
        string user = answer.Member("status", "userInfo").Text("username");
        return user.StartsWith(Prefix, StringComparison.Ordinal) ? user[Prefix.Length..].Replace(':', '/') : throw NoAccount($"'{user}' is no service account");
    }

    private static WaybillException NoAccount(string why) =>
        new(WaybillErrorCode.ConfigurationInvalid, $"There is no service account whose tokens the backup API could be called with: {why}")
        {
            Hint = "Name one, as NAMESPACE/NAME; whoever the cluster is used as must be allowed to create tokens of it.",
        };
}
