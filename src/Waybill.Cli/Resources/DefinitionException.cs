namespace Waybill.Cli.Resources;

/// <summary>A definition cannot be understood; becomes WB1607 with the name of its file where that is known.</summary>
internal sealed class DefinitionException(string message, long offset, string? hint = null) : Exception(message)
{
    public long Offset { get; } = offset;

    public string? Hint { get; } = hint;

    public WaybillException ToWaybillException(string file) =>
        new(WaybillErrorCode.ResourceInvalid, Message, this) { ObjectName = file, Offset = Offset, Hint = Hint };
}
