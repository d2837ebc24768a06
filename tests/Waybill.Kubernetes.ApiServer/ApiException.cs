using System.Text.Json.Nodes;

namespace Waybill.Kubernetes.ApiServer;

/// <summary>A request that ends with a Status object.</summary>
internal sealed class ApiException(int code, string reason, string message) : Exception(message)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;

    /// <summary>Gets seconds after which to come back; 0 for not said.</summary>
    public int RetryAfter { get; init; }

    /// <summary>Gets a token with which a list can go on that cannot go on as it was.</summary>
    public string? Continue { get; init; }

    public JsonObject? Details { get; init; }

    public static ApiException NotFound(string resource, string name) =>
        new(404, "NotFound", $"{resource} \"{name}\" not found") { Details = new JsonObject { ["name"] = name, ["kind"] = resource } };

    public static ApiException Conflict(string resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {resource} \"{name}\": {why}") { Details = new JsonObject { ["name"] = name, ["kind"] = resource } };

    public static ApiException Invalid(string kind, string name, string why) =>
        new(422, "Invalid", $"{kind} \"{name}\" is invalid: {why}") { Details = new JsonObject { ["name"] = name, ["kind"] = kind } };

    public static ApiException BadRequest(string why) => new(400, "BadRequest", why);

    public static ApiException Expired(string why) => new(410, "Expired", why);

    public JsonObject ToStatus()
    {
        JsonObject details = Details?.DeepClone().AsObject() ?? [];
        if (RetryAfter > 0)
        {
            details["retryAfterSeconds"] = RetryAfter;
        }

        var metadata = new JsonObject();
        if (Continue is not null)
        {
            metadata["continue"] = Continue;
        }

        return new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata,
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = Reason,
            ["details"] = details,
            ["code"] = Code,
        };
    }
}
