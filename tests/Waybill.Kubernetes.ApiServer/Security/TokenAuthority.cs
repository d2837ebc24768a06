using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer.Security;

/// <summary>Issues tokens of service accounts and people, and says whose a token is while it is valid.</summary>
public sealed class TokenAuthority
{
    /// <summary>The audience of the server itself.</summary>
    public const string ServerAudience = "https://kubernetes.default.svc";

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, TokenUser> _static = new();
    private readonly ConcurrentDictionary<string, bool> _revoked = new();
    private readonly TimeProvider _time;

    internal TokenAuthority(TimeProvider time) => _time = time;

    /// <summary>Makes a token of a person that is valid until it is revoked.</summary>
    public string Issue(string name, params string[] groups)
    {
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _static[token] = new TokenUser(name, "", [.. groups, "system:authenticated"]) { Audiences = [ServerAudience] };
        return token;
    }

    /// <summary>Makes a token of a service account.</summary>
    public string IssueForServiceAccount(string namespaceName, string name, string uid, IEnumerable<string> audiences, DateTimeOffset expires)
    {
        var audience = new JsonArray();
        foreach (string one in audiences)
        {
            audience.Add((JsonNode)one);
        }

        var claims = new JsonObject
        {
            ["iss"] = ServerAudience,
            ["sub"] = $"system:serviceaccount:{namespaceName}:{name}",
            ["aud"] = audience,
            ["exp"] = expires.ToUnixTimeSeconds(),
            ["iat"] = _time.GetUtcNow().ToUnixTimeSeconds(),
            ["jti"] = Guid.NewGuid().ToString(),
            ["kubernetes.io"] = new JsonObject
            {
                ["namespace"] = namespaceName,
                ["serviceaccount"] = new JsonObject { ["name"] = name, ["uid"] = uid },
            },
        };
        string signed = $"{Base64Url.EncodeToString("{\"alg\":\"HS256\",\"typ\":\"JWT\"}"u8)}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{signed}.{Sign(signed)}";
    }

    /// <summary>Ends a token's life at once.</summary>
    public void Revoke(string token) => _revoked[token] = true;

    /// <summary>Finds whose a token is; null if nobody's, or no longer.</summary>
    public TokenUser? Find(string token)
    {
        if (_revoked.ContainsKey(token))
        {
            return null;
        }

        if (_static.TryGetValue(token, out TokenUser? person))
        {
            return person;
        }

        string[] parts = token.Split('.');
        if (parts.Length != 3 || !CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign($"{parts[0]}.{parts[1]}")), Encoding.ASCII.GetBytes(parts[2])))
        {
            return null;
        }

        JsonNode claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        if (claims["exp"]!.GetValue<long>() <= _time.GetUtcNow().ToUnixTimeSeconds())
        {
            return null;
        }

        string namespaceName = claims["kubernetes.io"]!["namespace"]!.GetValue<string>();
        return new TokenUser(
            claims["sub"]!.GetValue<string>(),
            claims["kubernetes.io"]!["serviceaccount"]!["uid"]!.GetValue<string>(),
            ["system:serviceaccounts", $"system:serviceaccounts:{namespaceName}", "system:authenticated"])
        {
            Audiences = [.. claims["aud"]!.AsArray().Select(audience => audience!.GetValue<string>())],
        };
    }

    private string Sign(string text) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(text)));
}

/// <summary>Whom a token stands for.</summary>
/// <param name="Name">The name.</param>
/// <param name="Uid">The UID; empty for people.</param>
/// <param name="Groups">The groups.</param>
public sealed record TokenUser(string Name, string Uid, ImmutableArray<string> Groups)
{
    public ImmutableArray<string> Audiences { get; init; } = [];
}
