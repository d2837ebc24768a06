using System.Globalization;

namespace Waybill;

/// <summary>Anything Waybill reports; catch this to catch all of it.</summary>
public class WaybillException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="code">Its stable code.</param>
    /// <param name="message">What happened, in a sentence.</param>
    /// <param name="innerException">What caused it, if anything.</param>
    public WaybillException(WaybillErrorCode code, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Code = code;
    }

    /// <summary>Gets the stable code.</summary>
    public WaybillErrorCode Code { get; }

    /// <summary>Gets whether the same call might succeed later without anything being changed.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Gets the bundle, file, stream or volume concerned.</summary>
    public string? ObjectName { get; init; }

    /// <summary>Gets the byte offset in that object, where one is known.</summary>
    public long? Offset { get; init; }

    /// <summary>Gets what a person can do about it.</summary>
    public string? Hint { get; init; }

    /// <summary>Gets the code as it is shown, such as <c>WB1203</c>.</summary>
    public string CodeText => string.Create(CultureInfo.InvariantCulture, $"WB{(int)Code:D4}");

    /// <summary>Gets the line shown to a person: code, message, place, hint.</summary>
    /// <returns>One line of text.</returns>
    public string ToDisplayString()
    {
        string place = (ObjectName, Offset) switch
        {
            (null, null) => "",
            (null, { } offset) => string.Create(CultureInfo.InvariantCulture, $", at offset {offset}"),
            ({ } name, null) => $", in {name}",
            ({ } name, { } offset) => string.Create(CultureInfo.InvariantCulture, $", in {name} at offset {offset}"),
        };
        string hint = Hint is null ? "" : $" ({Hint})";
        return $"{CodeText}: {Message.TrimEnd('.')}{place}{hint}".ReplaceLineEndings(" ");
    }
}
