using System.Globalization;
using System.Text.RegularExpressions;

namespace Waybill.Samples.Definitions.Facts;

/// <summary>
/// Finds references to data outside of an application in the values of its settings. What is returned is built from parts that were recognised,
/// never cut out of the value: a password that stands where no one expects it makes a reference unreadable, it does not get into one.
/// </summary>
internal static partial class OutsideReferences
{
    private const int MaxValueLength = 8192;

    /// <summary>What a scheme says of the place; schemes that are not here name services, not data.</summary>
    private static readonly Dictionary<string, string> s_schemes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["postgres"] = "database", ["postgresql"] = "database", ["mysql"] = "database", ["mysql2"] = "database", ["mariadb"] = "database", ["sqlserver"] = "database",
        ["mssql"] = "database", ["mongodb"] = "database", ["mongodb+srv"] = "database", ["cockroachdb"] = "database", ["clickhouse"] = "database", ["cassandra"] = "database",
        ["redis"] = "cache", ["rediss"] = "cache", ["memcached"] = "cache",
        ["amqp"] = "queue", ["amqps"] = "queue", ["kafka"] = "queue", ["nats"] = "queue",
        ["s3"] = "s3", ["s3a"] = "s3", ["gs"] = "gcs", ["abfs"] = "azure", ["abfss"] = "azure", ["wasbs"] = "azure",
        ["nfs"] = "nfs", ["smb"] = "smb", ["cifs"] = "smb", ["ftp"] = "files", ["ftps"] = "files", ["sftp"] = "files",
    };

    private static readonly string[] s_databases = ["db", "database", "postgres", "postgresql", "pg", "mysql", "mariadb", "mongo", "mongodb", "redis", "sql", "clickhouse", "cassandra"];

    private static readonly HashSet<string> s_arnServices = ["s3", "rds", "elasticfilesystem", "fsx", "dynamodb", "elasticache", "redshift", "es", "docdb", "kafka", "backup"];

    /// <summary>Finds the references in a setting.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value. Nothing is looked for in one that is a secret by its name.</param>
    /// <param name="inside">Hosts that are the application itself.</param>
    /// <param name="unreadable">Whether there was one that could not be told apart from what must not be shown.</param>
    public static List<OutsideReference> Find(string name, string value, IReadOnlySet<string> inside, out bool unreadable)
    {
        unreadable = false;
        List<OutsideReference> found = [];
        if (value.Length is 0 or > MaxValueLength || SecretRules.IsSecretName(name))
        {
            unreadable = value.Length > MaxValueLength;
            return found;
        }

        if (value.StartsWith("arn:aws", StringComparison.Ordinal))
        {
            AddArn(value, found);
        }
        else if (value.Contains("://", StringComparison.Ordinal))
        {
            string[] parts = value.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length > 1 && value.Contains('@', StringComparison.Ordinal))
            {
                // White space may be a part of a password.
                unreadable = true;
                return found;
            }

            foreach (string part in parts)
            {
                unreadable |= !TryAddUrl(part, inside, found);
            }
        }
        else
        {
            AddHosts(name, value, inside, found);
        }

        return found;
    }

    /// <summary>Says what kind of data a host of a cloud keeps; <see langword="null"/> for other hosts.</summary>
    public static string? KindOfHost(string host)
    {
        string name = host.ToLowerInvariant();
        if (name.EndsWith(".amazonaws.com", StringComparison.Ordinal) || name.EndsWith(".amazonaws.com.cn", StringComparison.Ordinal))
        {
            string[] labels = name.Split('.');
            return labels.Select(KindOfAwsLabel).LastOrDefault(kind => kind is not null);
        }

        return name == "storage.googleapis.com" || name.EndsWith(".storage.googleapis.com", StringComparison.Ordinal) ? "gcs"
            : name.EndsWith(".core.windows.net", StringComparison.Ordinal) || name.EndsWith(".database.windows.net", StringComparison.Ordinal)
                || name.EndsWith(".documents.azure.com", StringComparison.Ordinal) ? "azure"
            : null;
    }

    private static string? KindOfAwsLabel(string label) => label switch
    {
        "rds" or "efs" or "fsx" or "dynamodb" or "docdb" or "neptune" or "redshift" or "kafka" or "s3" => label,
        "cache" => "elasticache",
        "es" or "aoss" => "opensearch",
        _ => label.StartsWith("s3-", StringComparison.Ordinal) ? "s3" : null,
    };

    private static void AddArn(string value, List<OutsideReference> found)
    {
        if (!Arn().IsMatch(value))
        {
            return;
        }

        string[] parts = value.Split(':', 6);
        if (s_arnServices.Contains(parts[2]))
        {
            // Of an object in a bucket only the bucket.
            string resource = parts[2] == "s3" ? parts[5].Split('/')[0] : parts[5];
            found.Add(new OutsideReference(parts[2] == "elasticfilesystem" ? "efs" : parts[2], string.Join(':', [.. parts[..5], resource])));
        }
    }

    private static bool TryAddUrl(string text, IReadOnlySet<string> inside, List<OutsideReference> found)
    {
        string url = text.StartsWith("jdbc:", StringComparison.OrdinalIgnoreCase) ? text[5..] : text;
        int colon = url.IndexOf("://", StringComparison.Ordinal);
        if (colon <= 0 || Scheme().Match(url[..colon]) is not { Success: true } scheme)
        {
            return true;
        }

        string? kind = s_schemes.GetValueOrDefault(scheme.Value);
        string rest = url[(colon + 3)..];
        int end = rest.AsSpan().IndexOfAny("/?#;\\");
        string authority = end < 0 ? rest : rest[..end];
        string path = end >= 0 && rest[end] == '/' ? rest[(end + 1)..] : "";
        if (end >= 0 && rest.IndexOf('@', end) >= 0)
        {
            // The name or password may have a slash in it; then this is not the host.
            return kind is null && KindOfHost(authority) is null;
        }

        foreach (string address in authority[(authority.LastIndexOf('@') + 1)..].Split(','))
        {
            if (!TrySplit(address, out string host))
            {
                return kind is null;
            }

            if ((KindOfHost(host) ?? kind) is { } data && !inside.Contains(host))
            {
                found.Add(new OutsideReference(data, address + FirstSegment(data, path)));
            }
        }

        return true;
    }

    /// <summary>Gets what is named first behind the host: a database, a bucket, a share.</summary>
    private static string FirstSegment(string kind, string path)
    {
        int end = path.AsSpan().IndexOfAny("/?#;");
        string segment = end < 0 ? path : path[..end];
        return kind is not ("queue" or "cache" or "elasticache") && PlainName().IsMatch(segment) ? "/" + segment : "";
    }

    private static void AddHosts(string name, string value, IReadOnlySet<string> inside, List<OutsideReference> found)
    {
        List<string> words = SecretRules.Words(name);
        if (words.Contains("bucket") && BucketName().IsMatch(value))
        {
            found.Add(new OutsideReference(words.Contains("s3") || words.Contains("aws") ? "s3" : "bucket", value));
            return;
        }

        bool isDatabase = name.Equals("PGHOST", StringComparison.OrdinalIgnoreCase)
            || (words.Any(s_databases.Contains) && words[^1] is "host" or "hostname" or "endpoint" or "server" or "addr" or "address");
        if (isDatabase && TrySplit(value, out string whole) && KindOfHost(whole) is null)
        {
            if (!inside.Contains(whole))
            {
                found.Add(new OutsideReference("database", value));
            }

            return;
        }

        // user:password@tcp(host:3306)/db and Server=host;Password=x: nothing before the last '@' and nothing that is set to a secret.
        string readable = value[(value.LastIndexOf('@') + 1)..];
        foreach (string part in readable.Split([';', ' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (SecretRules.Assignments(part).Any(a => SecretRules.IsSecretName(a.Name)))
            {
                continue;
            }

            foreach (string token in NotInAddress().Split(part))
            {
                // SQL Server writes tcp:host,port.
                string address = token.StartsWith("tcp:", StringComparison.OrdinalIgnoreCase) ? token[4..] : token;
                if (TrySplit(address, out string host) && KindOfHost(host) is { } kind)
                {
                    found.Add(new OutsideReference(kind, address));
                }
            }
        }
    }

    /// <summary>Takes <c>host</c> or <c>host:port</c>, and nothing else.</summary>
    private static bool TrySplit(string address, out string host)
    {
        int colon = address.IndexOf(':', StringComparison.Ordinal);
        host = colon < 0 ? address : address[..colon];
        return Host().IsMatch(host)
            && (colon < 0 || ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _));
    }

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9+.-]{0,31}\z")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"\A[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})\z")]
    private static partial Regex Host();

    [GeneratedRegex(@"\A[A-Za-z0-9_.$-]{1,128}\z")]
    private static partial Regex PlainName();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z")]
    private static partial Regex BucketName();

    [GeneratedRegex(@"\Aarn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[A-Za-z0-9:/_.*+=-]{1,512}\z")]
    private static partial Regex Arn();

    [GeneratedRegex(@"[^A-Za-z0-9.:_-]+")]
    private static partial Regex NotInAddress();
}
