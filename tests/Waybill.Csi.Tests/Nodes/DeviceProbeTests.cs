using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Csi.Tests.Nodes;

public sealed class DeviceProbeTests
{
    public static TheoryData<string, int, string> Signatures => new()
    {
        { "xfs", 0, "XFSB" },
        { "btrfs", 0x10040, "_BHRfS_M" },
        { "a LUKS container", 0, "LUKS\u00BA\u00BE" },
        { "a GPT partition table", 512, "EFI PART" },
        { "an LVM physical volume", 512, "LABELONE" },
        { "swap space", 0xFF6, "SWAPSPACE2" },
        { "a RAID member", 4096, "\u00FC\u004E\u002B\u00A9" },
        { "ntfs", 3, "NTFS    " },
        { "a partition table or boot sector", 510, "\u0055\u00AA" },
        { "iso9660", 0x8001, "CD001" },
        { "an unfinished file system", 0, "WAYBILL: a file system is being made here, and nothing else is kept here. " },
    };

    [Theory]
    [MemberData(nameof(Signatures))]
    public void Recognize_OfASignature_NamesIt(string name, int offset, string signature)
    {
        var head = new byte[128 * 1024];
        Encoding.Latin1.GetBytes(signature, head.AsSpan(offset));

        Assert.Equal(name, DeviceProbe.Recognize(head)?.Name);
    }

    [Theory]
    [InlineData(0x4, 0x2C2, "ext4")]
    [InlineData(0x4, 0x2, "ext3")]
    [InlineData(0x0, 0x2, "ext2")]
    [InlineData(0x0, 0x8, "a journal of ext4")]
    public void Recognize_OfExt_TellsItsVersionsApart(int compatible, int incompatible, string name)
    {
        var head = new byte[128 * 1024];
        head[0x438] = 0x53;
        head[0x439] = 0xEF;
        BitConverter.TryWriteBytes(head.AsSpan(0x45C), compatible);
        BitConverter.TryWriteBytes(head.AsSpan(0x460), incompatible);

        DeviceContent? content = DeviceProbe.Recognize(head);

        Assert.Equal(name, content?.Name);
        Assert.Equal(name == "ext4" ? DeviceState.FileSystem : DeviceState.Foreign, content?.State);
    }

    [Theory]
    [InlineData(-1, false, nameof(DeviceState.Blank))]
    [InlineData(0, false, nameof(DeviceState.Foreign))]
    [InlineData(3_000_000, false, nameof(DeviceState.Foreign))]
    [InlineData(3_145_727, false, nameof(DeviceState.Foreign))]
    [InlineData(5, true, nameof(DeviceState.Foreign))]
    public async Task Read_FindsAnyByteThatIsNotZero(int offset, bool isBlank, string expected)
    {
        const int Length = 3 << 20;
        string path = Path.GetTempFileName();
        try
        {
            await using (FileStream file = File.OpenWrite(path))
            {
                file.SetLength(Length);
                if (offset >= 0)
                {
                    file.Position = offset;
                    file.WriteByte(1);
                }
            }

            using SafeFileHandle handle = File.OpenHandle(path);

            DeviceContent content = await DeviceProbe.ReadAsync(handle, Length, isBlank, CancellationToken.None);

            Assert.Equal(expected, content.State.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void FormatMark_IsFoundAgain_AndNotInZeros()
    {
        byte[] block = FormatMark.Make(new VolumeId(new string('v', VolumeId.MaxLength)));

        Assert.Equal(FormatMark.Length, block.Length);
        Assert.True(FormatMark.IsIn(block));
        Assert.False(FormatMark.IsIn(new byte[FormatMark.Length]));
    }

    [Fact]
    public void BtrfsIdentity_OfAVolume_IsAlwaysTheSameAndNobodyElses()
    {
        Assert.Equal(BtrfsIdentity.Derive(new VolumeId("a")), BtrfsIdentity.Derive(new VolumeId("a")));
        Assert.NotEqual(BtrfsIdentity.Derive(new VolumeId("a")), BtrfsIdentity.Derive(new VolumeId("b")));
        Assert.Equal(8, BtrfsIdentity.Derive(new VolumeId("a")).Version);
    }
}
