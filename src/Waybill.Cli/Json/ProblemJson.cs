namespace Waybill.Cli.Json;

/// <summary>An error as it stands in a report.</summary>
internal sealed record ProblemJson(string Code, string Message, string? Object, long? Offset, string? Hint)
{
    public static ProblemJson Of(WaybillException error) => new(error.CodeText, error.Message, error.ObjectName, error.Offset, error.Hint);

    public static ProblemJson? OfOrNull(WaybillException? error) => error is null ? null : Of(error);
}
