namespace Waybill.Bundles.Tests.Support;

/// <summary>Makes and opens bundles in memory.</summary>
internal static class Lab
{
    public const string Volume = "data";

    public static ApplicationIdentity Application { get; } = new(AppId.Parse("a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"), "shop");

    /// <summary>Small cells, so that small volumes have many.</summary>
    public static BundleWriterOptions SmallCells(BundleCodec codec = BundleCodec.Lz4) => new() { CellSize = 64 * 1024, BlockSize = 512, Codec = codec, Workers = 2 };

    public static async Task<byte[]> WriteAsync(Func<BundleWriter, Task> fill, BundleWriterOptions? options = null, BundleChain? parent = null, BundleDescription? description = null)
    {
        var output = new MemoryStream();
        BundleWriterOptions settings = options ?? SmallCells();
        settings.LeaveOpen = true;
        await using BundleWriter writer = await BundleWriter.CreateAsync(output, description ?? new BundleDescription(Application), parent, settings);
        await fill(writer);
        await writer.CompleteAsync();
        return output.ToArray();
    }

    public static Task<byte[]> FullAsync(byte[] volume, BundleWriterOptions? options = null) =>
        WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Volume, new MemoryBlockReader(volume))), options);

    public static async Task<byte[]> IncrementalAsync(byte[] volume, IReadOnlyList<ByteRange>? changed, BundleWriterOptions? options, params byte[][] chain)
    {
        await using BundleChain parent = await OpenChainAsync(chain);
        return await WriteAsync(w => w.AddVolumeAsync(new VolumeRequest(Volume, new MemoryBlockReader(volume)) { ChangedRanges = changed }), options, parent);
    }

    /// <summary>Opens a chain, newest first.</summary>
    public static async Task<BundleChain> OpenChainAsync(params byte[][] chain)
    {
        BundleReader newest = await BundleReader.OpenAsync(new MemoryByteSource(chain[0]), TrustPolicy.AcceptUnsigned);
        return await BundleChain.OpenAsync(newest, new MemoryLocator(chain));
    }

    public static async Task<byte[]> ReadVolumeAsync(params byte[][] chain)
    {
        await using BundleChain opened = await OpenChainAsync(chain);
        await using BlockReader content = opened.OpenStream(StreamKind.BlockVolume, Volume);
        return await ReadAllAsync(content);
    }

    public static async Task<byte[]> ReadAllAsync(BlockReader content)
    {
        var bytes = new byte[content.Length];
        Assert.Equal(bytes.Length, await content.ReadAsync(0, bytes));
        return bytes;
    }

    public static async Task<VerificationReport> VerifyAsync(params byte[][] chain)
    {
        await using BundleChain opened = await OpenChainAsync(chain);
        return await BundleVerifier.VerifyAsync(opened, TrustPolicy.AcceptUnsigned);
    }

    public static Task<VerificationReport> VerifyAloneAsync(byte[] bundle) => BundleVerifier.VerifyAsync(new MemoryStream(bundle), "memory.waybill", TrustPolicy.AcceptUnsigned);

    /// <summary>Says where two contents differ instead of printing them.</summary>
    public static void AssertSame(byte[] expected, byte[] actual, string what)
    {
        int same = expected.AsSpan().CommonPrefixLength(actual);
        if (same < expected.Length || same < actual.Length)
        {
            Assert.Fail($"{what}: {actual.Length} bytes instead of {expected.Length}, the first {same} are as they should be");
        }
    }

    /// <summary>Bytes that do not compress, the same for the same seed.</summary>
    public static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A volume with text, noise and zero areas.</summary>
    public static byte[] MixedVolume(int length, int seed = 1)
    {
        var random = new Random(seed);
        var bytes = new byte[length];
        for (int start = 0; start < length; start += 4096)
        {
            Span<byte> part = bytes.AsSpan(start, Math.Min(4096, length - start));
            switch (random.Next(3))
            {
                case 0:
                    random.NextBytes(part);
                    break;
                case 1:
                    for (int i = 0; i < part.Length; i++)
                    {
                        part[i] = (byte)('a' + (i % 17));
                    }

                    break;
            }
        }

        return bytes;
    }
}
