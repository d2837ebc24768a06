using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Format;

/// <summary>The fast CRC-32C against one bit at a time.</summary>
public sealed class Crc32CTests
{
    private const int ThreeLanes = 12_288;

    private static readonly byte[] s_noise = Lab.Noise((3 * ThreeLanes) + 64, 7);

    [Fact, Spec("F-13")]
    public void Compute_CheckInput_IsTheCheckValue() => Assert.Equal(0xE306_9283u, Crc32C.Compute("123456789"u8));

    // RFC 3720, appendix B.4.
    [Theory]
    [InlineData(0x00, 0x8A91_36AAu)]
    [InlineData(0xFF, 0x62A8_AB43u)]
    public void Compute_ThirtyTwoEqualBytes_IsThePublishedValue(byte value, uint expected) =>
        Assert.Equal(expected, Crc32C.Compute(Enumerable.Repeat(value, 32).ToArray()));

    [Theory, Spec("F-13")]
    [InlineData(0, 64)]
    [InlineData(4096 - 2, 4)]
    [InlineData(8192 - 2, 4)]
    [InlineData(ThreeLanes - 10, 20)]
    [InlineData((2 * ThreeLanes) - 3, 6)]
    [InlineData((3 * ThreeLanes) - 3, 12)]
    public void Compute_EveryLengthAround_IsThatOfTheBitwiseDefinition(int firstLength, int lengths)
    {
        for (int length = firstLength; length < firstLength + lengths; length++)
        {
            ReadOnlySpan<byte> data = s_noise.AsSpan(0, length);
            Assert.Equal(Bitwise(data), Crc32C.Compute(data));
        }
    }

    [Fact]
    public void Compute_UnalignedStart_MakesNoDifference()
    {
        foreach (int length in (int[])[7, 8, 9, ThreeLanes, ThreeLanes + 1])
        {
            for (int start = 0; start < 16; start++)
            {
                ReadOnlySpan<byte> data = s_noise.AsSpan(start, length);
                Assert.Equal(Bitwise(data), Crc32C.Compute(data));
            }
        }
    }

    [Fact]
    public void Compute_OneBitFlippedInAnyLane_Differs()
    {
        byte[] data = s_noise.AsSpan(0, ThreeLanes).ToArray();
        uint before = Crc32C.Compute(data);
        foreach (int place in (int[])[0, 4095, 4096, 8191, 8192, ThreeLanes - 1])
        {
            data[place] ^= 0x10;
            Assert.NotEqual(before, Crc32C.Compute(data));
            data[place] ^= 0x10;
        }
    }

    private static uint Bitwise(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFF_FFFF;
        foreach (byte b in data)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1;
            }
        }

        return ~crc;
    }
}
