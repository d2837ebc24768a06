using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Sealing;

/// <summary>Makes and opens encrypted bundles in memory.</summary>
internal static class SealLab
{
    private static readonly byte[] s_full = Lab.Noise(32, 1);
    private static readonly byte[] s_data = Lab.Noise(32, 2);
    private static readonly byte[] s_meta = Lab.Noise(32, 3);

    public static BundleKey FullKey { get; } = new PresharedBundleKey(s_full);

    public static BundleKey DataKey { get; } = new PresharedBundleKey(s_data);

    public static BundleKey MetaKey { get; } = new PresharedBundleKey(s_meta);

    public static BundleKey WrongKey { get; } = new PresharedBundleKey(Lab.Noise(32, 4));

    public static BundleRecipient FullRecipient { get; } = new PresharedKeyRecipient(s_full);

    public static BundleEncryption Encryption(SealSuite suite = SealSuite.AesGcm) => new(
        FullRecipient, new PresharedKeyRecipient(s_data, KeyScopes.Data), new PresharedKeyRecipient(s_meta, KeyScopes.Metadata)) { Suite = suite };

    public static BundleWriterOptions Options(BundleCodec codec = BundleCodec.Lz4, BundleEncryption? encryption = null)
    {
        BundleWriterOptions options = Lab.SmallCells(codec);
        options.Encryption = encryption ?? Encryption();
        return options;
    }

    public static BundleReaderOptions Reading(params BundleKey[] keys) => new() { Keys = keys };

    public static Task<BundleReader> OpenAsync(byte[] bundle, params BundleKey[] keys) => BundleReader.OpenAsync(new MemoryByteSource(bundle), TrustPolicy.AcceptUnsigned, Reading(keys));

    public static async Task<BundleChain> OpenChainAsync(BundleKey key, params byte[][] chain) =>
        await BundleChain.OpenAsync(await OpenAsync(chain[0], key), new MemoryLocator(chain));

    public static Task<VerificationReport> VerifyAsync(byte[] bundle, params BundleKey[] keys) => BundleVerifier.VerifyAsync(new MemoryStream(bundle), "memory.waybill", TrustPolicy.AcceptUnsigned, Reading(keys));

    /// <summary>A bundle with everything: a volume, bytes, definitions and Secrets, tags.</summary>
    public static Task<byte[]> RichAsync(BundleWriterOptions? options = null) => Lab.WriteAsync(
        async w =>
        {
            await w.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(Lab.MixedVolume(400_000))));
            await using (BundleStreamWriter dump = await w.OpenStreamAsync(StreamKind.Bytes, "dump.sql"))
            {
                await dump.WriteAsync("insert into customers values ('PLAINTEXT-IN-DUMP')"u8.ToArray());
                await dump.CompleteAsync();
            }

            await w.AddResourcesAsync([Resource("ConfigMap", "PLAINTEXT-NAME", "PLAINTEXT-CONFIG"), Resource("Secret", "login", "PLAINTEXT-PASSWORD")]);
        },
        options ?? Options(),
        description: new BundleDescription(Lab.Application) { Tags = [Tag.User("PLAINTEXT-KEY", "PLAINTEXT-VALUE"), Tag.User("PUBLIC-TAG-OF-TEAM", "web-and-more") with { Sensitivity = TagSensitivity.Public }] });

    public static ResourceObject Resource(string kind, string name, string content) => new()
    {
        ApiVersion = "v1",
        Kind = kind,
        Name = name,
        Content = System.Text.Encoding.UTF8.GetBytes(content),
    };
}
