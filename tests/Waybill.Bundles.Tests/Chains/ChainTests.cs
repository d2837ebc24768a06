using Google.Protobuf;
using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Support;
using Waybill.Vectors.Cases;
using Waybill.Vectors.Sketches;
using Wire = Waybill.Bundles.Wire;

namespace Waybill.Bundles.Tests.Chains;

/// <summary>Which bundles are taken for the parents of another one, and which are not.</summary>
public sealed class ChainTests
{
    private const long Length = 3 * 65_536;

    [Fact, Spec("I-07")]
    public async Task Open_OfACycle_IsRefused()
    {
        // The first can name the second by its true digest; a digest that goes round in a circle cannot be made, so the second lies.
        var first = new BundleSketch("cycle-first");
        BundleSketch second = Sketch("cycle-second").Describe(p => NameParent(p, first.Image.Id, new Digest(new byte[32])));
        second.Finish();
        first.Describe(p => NameParent(p, second.Image.Id, second.Image.ManifestDigest));
        first.Volume(Lab.Volume, new byte[512]);
        first.Finish();

        await AssertRefusedAsync(WaybillErrorCode.ChainInvalid, first.Bytes, new MemoryLocator(first.Bytes, second.Bytes));
    }

    [Fact, Spec("I-02")]
    public async Task Open_WithASiblingOfTheRightSize_IsRefused()
    {
        // The child names the sibling truthfully as its parent, but its stream was made against another content of the same length.
        BundleSketch parent = Full("parent", "A");
        BundleSketch sibling = Full("sibling", "B");
        BundleSketch child = Delta("child", sibling, h => h.ParentRoot = parent.Streams[0].Result.StreamRoot);
        Assert.Equal(parent.Streams[0].Result.VirtualLength, sibling.Streams[0].Result.VirtualLength);

        await AssertRefusedAsync(WaybillErrorCode.ParentMismatch, child.Bytes, new MemoryLocator(parent.Bytes, sibling.Bytes));
    }

    [Fact, Spec("I-02")]
    public async Task Open_WithTheRightIdButAnotherManifest_IsRefused_AndTheRightOneIsFoundBesideIt()
    {
        BundleSketch parent = Full("parent", "A");
        BundleSketch impostor = Full("parent", "B");
        BundleSketch child = Delta("child", parent);
        Assert.Equal(parent.Image.Id, impostor.Image.Id);

        await AssertRefusedAsync(WaybillErrorCode.ParentMismatch, child.Bytes, new MemoryLocator(impostor.Bytes));
        await using BundleChain chain = await OpenAsync(child.Bytes, new MemoryLocator(impostor.Bytes, parent.Bytes));
        Assert.Equal(parent.Image.ManifestDigest, chain.Bundles[1].Manifest.Digest);
    }

    [Fact, Spec("I-02")]
    public async Task Open_WithTheMiddleMissing_SaysWhichBundleIsMissing()
    {
        BundleSketch parent = Full("parent", "A");
        BundleSketch middle = Delta("middle", parent);
        BundleSketch child = Delta("child", middle);

        BundleFormatException e = await AssertRefusedAsync(WaybillErrorCode.ParentMissing, child.Bytes, new MemoryLocator(parent.Bytes, child.Bytes));
        Assert.Contains(middle.Image.Id.ToString(), e.Message, StringComparison.Ordinal);
    }

    [Fact, Spec("I-02")]
    public async Task Open_WithALocatorThatSwapsBundles_TakesNoneForAnother()
    {
        BundleSketch parent = Full("parent", "A");
        BundleSketch middle = Delta("middle", parent);
        BundleSketch child = Delta("child", middle);
        var swapped = new SwappingLocator(new() { [middle.Image.Id] = parent.Bytes, [parent.Image.Id] = middle.Bytes });

        await AssertRefusedAsync(WaybillErrorCode.ParentMismatch, child.Bytes, swapped);
    }

    [Fact, Spec("I-02")]
    public async Task Open_FromFilesWhoseNamesWereSwapped_FindsEachById()
    {
        BundleSketch parent = Full("parent", "A");
        BundleSketch middle = Delta("middle", parent);
        BundleSketch child = Delta("child", middle);
        DirectoryInfo directory = Directory.CreateTempSubdirectory("waybill-chain-");
        try
        {
            await File.WriteAllBytesAsync(Path.Combine(directory.FullName, "parent.waybill"), middle.Bytes);
            await File.WriteAllBytesAsync(Path.Combine(directory.FullName, "middle.waybill"), parent.Bytes);
            await using BundleChain chain = await OpenAsync(child.Bytes, new DirectoryBundleLocator([directory.FullName]));

            Assert.Equal([child.Image.Id, middle.Image.Id, parent.Image.Id], chain.Bundles.Select(b => b.Manifest.Id));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory, Spec("I-07")]
    [InlineData(64)]
    [InlineData(1024)]
    public async Task Chain_OfSoManyBundles_IsReadVerifiedAndMerged(int count)
    {
        List<BundleSketch> bundles = Chain(count);
        await using BundleChain chain = await OpenAsync(bundles[^1].Bytes, new SwappingLocator(bundles.ToDictionary(b => b.Image.Id, b => b.Bytes)));
        Assert.Equal(count, chain.Bundles.Count);

        byte[] expected = Pattern.Cell("A", (int)Length);
        await using (BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume))
        {
            Lab.AssertSame(expected, await Lab.ReadAllAsync(content), "what the last bundle inherits from the first");
        }

        VerificationReport report = await BundleVerifier.VerifyAsync(chain, TrustPolicy.AcceptUnsigned);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid && report.ParentsChecked);
        var merged = new MemoryStream();
        await BundleMerger.MergeAsync(chain.Bundles, merged, new BundleWriterOptions { LeaveOpen = true });
        Lab.AssertSame(expected, await Lab.ReadVolumeAsync(merged.ToArray()), "all bundles merged");
    }

    [Fact, Spec("I-07")]
    public async Task Chain_AsLongAsCanBe_IsReadOnASmallStack()
    {
        // Threads of a pool have 1.5 MiB or less on some systems; a chain is hostile input and must not end the process.
        List<BundleSketch> bundles = Chain(1024);
        var locator = new SwappingLocator(bundles.ToDictionary(b => b.Image.Id, b => b.Bytes));
        await using BundleChain chain = await OpenAsync(bundles[^1].Bytes, locator);
        await using BlockReader content = chain.OpenStream(StreamKind.BlockVolume, Lab.Volume);
        var done = new TaskCompletionSource<byte[]>();
        var thread = new Thread(() => Finish(done, ReadAndListAsync(content)), 256 * 1024);
        thread.Start();

        Lab.AssertSame(Pattern.Cell("A", (int)Length), await done.Task, "what the last bundle inherits from the first");
    }

    [Fact, Spec("I-07")]
    public async Task Chain_OfOneBundleMoreThanTheLimit_IsNeitherOpenedNorWritten()
    {
        List<BundleSketch> bundles = Chain(1025);
        var locator = new SwappingLocator(bundles.ToDictionary(b => b.Image.Id, b => b.Bytes));

        await AssertRefusedAsync(WaybillErrorCode.ChainInvalid, bundles[1024].Bytes, locator);
        await using BundleChain longest = await OpenAsync(bundles[1023].Bytes, locator);
        var description = new BundleDescription(longest.Manifest.Application);
        WaybillException e = await Assert.ThrowsAsync<WaybillException>(() => BundleWriter.CreateAsync(new MemoryStream(), description, longest));
        Assert.Equal(WaybillErrorCode.IncrementalRefused, e.Code);
    }

    [Fact]
    public async Task Chain_LongerThanTheReaderAllows_IsRefused()
    {
        List<BundleSketch> bundles = Chain(4);
        var locator = new MemoryLocator([.. bundles.Select(b => b.Bytes)]);

        await AssertRefusedAsync(WaybillErrorCode.ChainInvalid, bundles[3].Bytes, locator, new BundleReaderOptions { MaxChainLength = 3 });
        await using BundleChain chain = await OpenAsync(bundles[3].Bytes, locator, new BundleReaderOptions { MaxChainLength = 4 });
        Assert.Equal(4, chain.Bundles.Count);
    }

    private static async Task<byte[]> ReadAndListAsync(BlockReader content)
    {
        byte[] bytes = await Lab.ReadAllAsync(content);
        List<ByteRange> ranges = await content.GetDataRangesAsync().ToListAsync();
        Assert.Equal([new ByteRange(0, Length)], ranges);
        return bytes;
    }

    // Sources in memory answer at once, so everything has happened on the thread that called.
    private static void Finish(TaskCompletionSource<byte[]> done, Task<byte[]> work)
    {
        Assert.True(work.IsCompleted);
        done.SetFromTask(work);
    }

    private static List<BundleSketch> Chain(int count)
    {
        List<BundleSketch> bundles = [Full("chain-0", "A")];
        while (bundles.Count < count)
        {
            bundles.Add(Delta($"chain-{bundles.Count}", bundles[^1]));
        }

        return bundles;
    }

    private static BundleSketch Full(string name, string content)
    {
        BundleSketch bundle = new(name);
        bundle.Volume(Lab.Volume, Pattern.Cell(content, (int)Length));
        return bundle.Finish();
    }

    private static BundleSketch Delta(string name, BundleSketch parent, Action<Wire.StreamHeader>? change = null)
    {
        BundleSketch bundle = new(name, parent);
        StreamSketch stream = bundle.Begin(Lab.Volume);
        if (change is not null)
        {
            bundle.Image.Find(RecordType.StreamBegin).PatchMessage(Wire.StreamBegin.Parser, b => change(b.Header));
        }

        stream.Inherit(Length).End();
        return bundle.Finish();
    }

    private static BundleSketch Sketch(string name)
    {
        BundleSketch bundle = new(name);
        bundle.Volume(Lab.Volume, new byte[512]);
        return bundle;
    }

    private static void NameParent(Wire.Prologue prologue, BundleId id, Digest digest)
    {
        prologue.Parent = new Wire.ParentRef { BundleId = ByteString.CopyFrom(id.ToByteArray()), ManifestDigest = ByteString.CopyFrom(digest.ToByteArray()) };
        prologue.Lineage.Generation = 1;
    }

    private static async Task<BundleChain> OpenAsync(byte[] bundle, BundleLocator locator, BundleReaderOptions? options = null) =>
        await BundleChain.OpenAsync(await BundleReader.OpenAsync(new MemoryByteSource(bundle), TrustPolicy.AcceptUnsigned, options), locator);

    private static async Task<BundleFormatException> AssertRefusedAsync(WaybillErrorCode code, byte[] bundle, BundleLocator locator, BundleReaderOptions? options = null)
    {
        BundleFormatException e = await Assert.ThrowsAsync<BundleFormatException>(() => OpenAsync(bundle, locator, options));
        Assert.Equal(code, e.Code);
        return e;
    }

    /// <summary>Answers with what it was told to, whatever that is.</summary>
    private sealed class SwappingLocator(Dictionary<BundleId, byte[]> answers) : BundleLocator
    {
        public override async IAsyncEnumerable<ByteSource> FindAsync(ParentLink link, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield return new MemoryByteSource(answers[link.Id]);
        }
    }
}
