using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;

namespace Waybill.Catalog.Storage;

/// <summary>Tells a PostgreSQL database from the name of a file.</summary>
internal static class PostgresLocation
{
    private static readonly string[] s_schemes = ["postgresql://", "postgres://"];

    /// <summary>Reads an address or a connection string.</summary>
    /// <exception cref="ArgumentException">It is one of a server and cannot be used.</exception>
    public static bool TryParse(string location, [NotNullWhen(true)] out NpgsqlConnectionStringBuilder? settings)
    {
        bool isAddress = s_schemes.Any(scheme => location.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));
        bool isSettings = location.StartsWith("Host=", StringComparison.OrdinalIgnoreCase) || location.StartsWith("Server=", StringComparison.OrdinalIgnoreCase);
        settings = isAddress ? ReadAddress(location) : isSettings ? new NpgsqlConnectionStringBuilder(location) : null;
        return settings is not null;
    }

    private static NpgsqlConnectionStringBuilder ReadAddress(string location)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out Uri? address))
        {
            throw new ArgumentException("The address of a catalog is postgresql://USER@HOST:PORT/DATABASE.", nameof(location));
        }

        var settings = new NpgsqlConnectionStringBuilder { Database = Uri.UnescapeDataString(address.AbsolutePath.Trim('/')) };
        if (address.Host.Length > 0)
        {
            settings.Host = Uri.UnescapeDataString(address.Host);
        }

        if (address.Port > 0)
        {
            settings.Port = address.Port;
        }

        string[] user = address.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
        {
            settings.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            settings.Password = Uri.UnescapeDataString(user[1]);
        }

        foreach (string part in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = part.Split('=', 2);
            string value = Uri.UnescapeDataString(pair.Length > 1 ? pair[1] : "");
            switch (pair[0].ToLowerInvariant())
            {
                case "host":
                    settings.Host = value;
                    break;
                case "port" when int.TryParse(value, CultureInfo.InvariantCulture, out int port):
                    settings.Port = port;
                    break;
                case "user":
                    settings.Username = value;
                    break;
                case "sslmode":
                    settings["SSL Mode"] = value.Replace("-", "", StringComparison.Ordinal);
                    break;
                default:
                    throw new ArgumentException($"The address of a catalog has a part '{pair[0]}' that means nothing here; a connection string (Host=…;Database=…) can say everything.", nameof(location));
            }
        }

        return settings;
    }
}
