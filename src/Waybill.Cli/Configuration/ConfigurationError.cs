namespace Waybill.Cli.Configuration;

/// <summary>Refuses a configuration with the place that is wrong.</summary>
internal static class ConfigurationError
{
    public static WaybillException At(string file, long line, string message, string? hint = null, Exception? inner = null) =>
        new(WaybillErrorCode.ConfigurationInvalid, message, inner) { ObjectName = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{file}:{line}"), Hint = hint };
}
