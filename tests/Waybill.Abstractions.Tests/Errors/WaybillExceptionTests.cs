namespace Waybill.Abstractions.Tests.Errors;

public sealed class WaybillExceptionTests
{
    [Theory]
    [InlineData(null, null, null, "WB1203: Cell does not match its digest")]
    [InlineData("db.waybill", null, null, "WB1203: Cell does not match its digest, in db.waybill")]
    [InlineData(null, 4096L, null, "WB1203: Cell does not match its digest, at offset 4096")]
    [InlineData("db.waybill", 4096L, "Verify it.", "WB1203: Cell does not match its digest, in db.waybill at offset 4096 (Verify it.)")]
    [InlineData("db.waybill", null, "Verify it.", "WB1203: Cell does not match its digest, in db.waybill (Verify it.)")]
    public void ToDisplayString_SaysWhatWhereAndWhatToDo(string? name, long? offset, string? hint, string expected)
    {
        WaybillException error = new(WaybillErrorCode.DigestMismatch, "Cell does not match its digest.") { ObjectName = name, Offset = offset, Hint = hint };

        Assert.Equal(expected, error.ToDisplayString());
    }

    [Fact]
    public void Family_IsCaughtAsOne_AndKeepsItsCause()
    {
        IOException cause = new("EIO");
        WaybillException[] errors =
        [
            new BundleFormatException(WaybillErrorCode.NotABundle, "No.", cause),
            new ProviderException(WaybillErrorCode.SourceReadFailed, "rbd", "No.", cause) { VendorCode = "-5", IsTransient = true },
        ];

        Assert.All(errors, error => Assert.Same(cause, error.InnerException));
        Assert.Equal(["WB1001", "WB1601"], errors.Select(error => error.CodeText));
        Assert.Equal([false, true], errors.Select(error => error.IsTransient));
        Assert.Equal("rbd", Assert.IsType<ProviderException>(errors[1]).Provider);
    }
}
