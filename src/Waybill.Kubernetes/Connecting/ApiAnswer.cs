namespace Waybill.Kubernetes;

/// <summary>An answer that was read to its end.</summary>
/// <param name="Code">The HTTP status.</param>
/// <param name="Body">The bytes.</param>
internal sealed record ApiAnswer(int Code, byte[] Body)
{
    public bool IsSuccess => Code is >= 200 and < 300;

    public ApiStatus Status => ApiStatus.Parse(Code, Body);

    /// <summary>Gets the body without the line end that servers put behind it.</summary>
    public ReadOnlyMemory<byte> Json => Body.AsMemory(0, Body.Length > 0 && Body[^1] == (byte)'\n' ? Body.Length - 1 : Body.Length);

    /// <summary>Gets the answer if it is one of success.</summary>
    public ApiAnswer OrThrow(string what) => IsSuccess ? this : throw ApiErrors.Of(Status, what);
}
