namespace Waybill.Bundles.Format;

/// <summary>The fixed numbers of the format; section numbers refer to docs/spec/bundle-format.md.</summary>
internal static class BundleFormat
{
    // spec 2.1
    public const ushort Major = 1;
    public const ushort Minor = 0;

    // spec 2.2
    public const int MaxPayloadLength = (16 * 1024 * 1024) + (64 * 1024);
    public const int RecordAlignment = 8;

    // spec 4
    public const int MinBlockSize = 512;
    public const int MaxBlockSize = 64 * 1024;
    public const int MinCellSize = 64 * 1024;
    public const int MaxCellSize = 8 * 1024 * 1024;

    // spec 5
    public const int TileFanOut = 256;
    public const int MaxRunsPerRecord = 4096;

    // spec 13
    public const int MaxManifestLength = 16 * 1024 * 1024;
    public const int MaxStreams = 65_535;
    public const int MaxTags = 65_536;
    public const int MaxTagKeyBytes = 512;
    public const int MaxTagValueBytes = 64 * 1024;
    public const int MaxChainLength = 1024;
    public const int MaxMessageDepth = 32;
    public const long MaxLeaves = 1L << 40;
    public const int MaxEntryMetaLength = 32 * 1024 * 1024;
    public const int MaxResourceLength = 16 * 1024 * 1024;
    public const int MaxResources = 1_000_000;
    public const int MaxStreamNameBytes = 255;

    public const int MaxRecipients = 64;
    public const int MaxRecipientBody = 16 * 1024;
    public const int MinEnvelopeLength = 4096;
    public const int MaxEnvelopeLength = 256 * 1024;
    public const int MaxRuns = 4096;

    // spec 4.5, C-05
    public const int MaxZstdWindowLog = 23;

    public static ReadOnlySpan<byte> PreambleMagic => [0x89, 0x57, 0x42, 0x4C, 0x0D, 0x0A, 0x1A, 0x0A];

    public static ReadOnlySpan<byte> TrailerMagic => "WBLEND\r\n"u8;

    public static ReadOnlySpan<byte> RecordSync => [0x9D, 0x57, 0x42, 0xB1];

    public static ReadOnlySpan<byte> EntryMagic => "WBe1"u8;

    public static long Align(long offset) => (offset + (RecordAlignment - 1)) & ~(long)(RecordAlignment - 1);

    public static bool IsValidBlockSize(long size) => size is >= MinBlockSize and <= MaxBlockSize && long.IsPow2(size);

    public static bool IsValidCellSize(long size) => size is >= MinCellSize and <= MaxCellSize && long.IsPow2(size);
}
