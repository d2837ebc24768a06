namespace Waybill.Abstractions.Tests.Identity;

/// <summary>What holds for every kind of id. Each kind has a class of its own at the end of this file.</summary>
public abstract class IdTests<T>
    where T : struct, IEquatable<T>, IParsable<T>
{
    private const string Digits = "0123456789abcdef00112233445566ff";

    protected abstract T Create();

    protected abstract T FromBytes(byte[] bytes);

    protected abstract byte[] ToBytes(T id);

    protected abstract bool IsDefault(T id);

    [Fact]
    public void Text_IsTheBytesInTheirOrder()
    {
        T id = FromBytes(Convert.FromHexString(Digits));

        Assert.Equal(Digits, id.ToString());
        Assert.Equal(id, T.Parse(Digits, null));
        Assert.Equal(Digits, Convert.ToHexStringLower(ToBytes(id)));
    }

    [Theory]
    [InlineData("01234567-89ab-cdef-0011-2233445566ff")]
    [InlineData("0123456789ABCDEF00112233445566FF")]
    public void Parse_OtherFormsOfTheSameId_AreAccepted(string text) => Assert.Equal(Digits, T.Parse(text, null).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0123456789abcdef00112233445566f")]
    [InlineData("0123456789abcdef00112233445566fff")]
    [InlineData("0123456789abcdef00112233445566fg")]
    [InlineData("0123-456789abcdef-0011-22334-45566ff")]
    [InlineData("01234567-89ab-cdef-0011-22334455-6ff")]
    [InlineData("{01234567-89ab-cdef-0011-2233445566ff}")]
    public void TryParse_SomethingElse_IsRefused(string? text)
    {
        Assert.False(T.TryParse(text, null, out T id));
        Assert.True(IsDefault(id));
    }

    [Fact]
    public void Parse_SomethingElse_SaysWhat() => Assert.Contains("'12'", Assert.Throws<FormatException>(() => T.Parse("12", null)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(17)]
    public void FromBytes_OtherLength_Throws(int length) => Assert.Throws<ArgumentException>(() => FromBytes(new byte[length]));

    [Fact]
    public void New_IsNeverTheSame_AndNeverTheDefault()
    {
        T[] ids = [.. Enumerable.Range(0, 100).Select(_ => Create())];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.DoesNotContain(ids, IsDefault);
        Assert.True(IsDefault(default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(15)]
    public void Equality_EveryByteCounts(int changed)
    {
        byte[] bytes = Convert.FromHexString(Digits);
        T before = FromBytes(bytes);
        bytes[changed] ^= 1;

        Assert.NotEqual(before, FromBytes(bytes));
        Assert.False(before.Equals((object)FromBytes(bytes)));
        bytes[changed] ^= 1;
        Assert.Equal(before, FromBytes(bytes));
        Assert.Equal(before.GetHashCode(), FromBytes(bytes).GetHashCode());
    }
}

public sealed class ApplicationIdTests : IdTests<AppId>
{
    protected override AppId Create() => AppId.New();

    protected override AppId FromBytes(byte[] bytes) => new(bytes);

    protected override byte[] ToBytes(AppId id) => id.ToByteArray();

    protected override bool IsDefault(AppId id) => id.IsDefault;
}

public sealed class BundleIdTests : IdTests<BundleId>
{
    protected override BundleId Create() => BundleId.New();

    protected override BundleId FromBytes(byte[] bytes) => new(bytes);

    protected override byte[] ToBytes(BundleId id) => id.ToByteArray();

    protected override bool IsDefault(BundleId id) => id.IsDefault;
}

public sealed class LineageIdTests : IdTests<LineageId>
{
    protected override LineageId Create() => LineageId.New();

    protected override LineageId FromBytes(byte[] bytes) => new(bytes);

    protected override byte[] ToBytes(LineageId id) => id.ToByteArray();

    protected override bool IsDefault(LineageId id) => id.IsDefault;
}

public sealed class StreamIdTests : IdTests<StreamId>
{
    protected override StreamId Create() => StreamId.New();

    protected override StreamId FromBytes(byte[] bytes) => new(bytes);

    protected override byte[] ToBytes(StreamId id) => id.ToByteArray();

    protected override bool IsDefault(StreamId id) => id.IsDefault;
}
