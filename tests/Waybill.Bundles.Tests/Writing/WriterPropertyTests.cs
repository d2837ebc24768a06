using FsCheck;
using FsCheck.Fluent;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

/// <summary>How the bytes reach the writer, and how many workers it has, does not show in the bundle.</summary>
public sealed class WriterPropertyTests
{
    private static readonly Lineage s_lineage = new(LineageId.Parse("22222222222222222222222222222222"), 0);

    [Fact, Spec("D-11")]
    public Task Reproducible_AnyNumberOfWorkers_GivesTheSameBytes() => Properties.CheckAsync(HistoryGenerator.Histories(3), 25, async history =>
    {
        byte[][]? expected = null;
        for (int workers = 1; workers <= 4; workers++)
        {
            byte[][] bundles = await PlayReproduciblyAsync(history, workers);
            expected ??= bundles;
            for (int i = 0; i < bundles.Length; i++)
            {
                Lab.AssertSame(expected[i], bundles[i], $"bundle {i} with {workers} workers");
            }
        }
    });

    [Fact, Spec("D-11"), Spec("M-11"), Spec("M-12")]
    public Task HandedOver_InAnyPieces_GivesTheSameBytes() => Properties.CheckAsync(Pushes(), 60, async push =>
    {
        byte[] content = push.Content();
        byte[] expected = await PushAsync(async stream => await stream.WriteAsync(content));
        byte[] actual = await PushAsync(async stream =>
        {
            foreach (PushPiece piece in push.Pieces)
            {
                int start = (int)stream.Position;
                await (piece.Zeros ? stream.WriteZeroesAsync(piece.Length) : stream.WriteAsync(content.AsMemory(start, piece.Length)));
                Assert.Equal(start + piece.Length, stream.Position);
            }
        });

        Lab.AssertSame(expected, actual, "the bundle");
        await using BundleChain chain = await Lab.OpenChainAsync(actual);
        await using BlockReader reader = chain.OpenStream(StreamKind.Bytes, "dump");
        Lab.AssertSame(content, await Lab.ReadAllAsync(reader), "the content");
    });

    private static async Task<byte[][]> PlayReproduciblyAsync(History history, int workers)
    {
        var volume = new byte[history.Length];
        List<byte[]> bundles = [];
        for (int i = 0; i < history.Steps.Count; i++)
        {
            Array.Resize(ref volume, history.Steps[i].NewLength ?? volume.Length);
            foreach ((int number, VolumeEdit edit) in history.Steps[i].Edits.Index())
            {
                edit.Apply(volume, (100 * i) + number);
            }

            byte[] now = volume;
            await using BundleChain? parent = i == 0 ? null : await Lab.OpenChainAsync([.. Enumerable.Reverse(bundles)]);
            bundles.Add(await Lab.WriteAsync(
                w => w.AddVolumeAsync(new VolumeRequest(Lab.Volume, new MemoryBlockReader(now))), Reproducible(history, i, workers), parent, new BundleDescription(Lab.Application) { Lineage = s_lineage }));
        }

        return [.. bundles];
    }

    private static BundleWriterOptions Reproducible(History? history = null, int point = 0, int workers = 2) => new()
    {
        Reproducible = true,
        Codec = BundleCodec.None,
        BundleId = BundleId.Parse($"3333333333333333333333333333333{point}"),
        Created = new Timestamp(1_700_000_000 + point, 5),
        BlockSize = history?.BlockSize ?? 4096,
        CellSize = history?.CellSize ?? 65_536,
        Workers = workers,
    };

    private static Task<byte[]> PushAsync(Func<BundleStreamWriter, Task> fill) => Lab.WriteAsync(
        async writer =>
        {
            await using BundleStreamWriter stream = await writer.OpenStreamAsync(StreamKind.Bytes, "dump");
            await fill(stream);
            await stream.CompleteAsync();
        },
        Reproducible(),
        description: new BundleDescription(Lab.Application) { Lineage = s_lineage });

    private static Arbitrary<Push> Pushes()
    {
        Gen<PushPiece> piece =
            from zeros in Gen.Frequency((2, Gen.Constant(false)), (1, Gen.Constant(true)))
            from length in Gen.Frequency((2, Gen.Choose(0, 5000)), (1, HistoryGenerator.Lengths))
            select new PushPiece(length, zeros);
        Gen<Push> pushes = from count in Gen.Choose(0, 8) from pieces in piece.ListOf(count) select new Push([.. pieces]);
        return Arb.From(pushes, push => push.Pieces.Select((_, i) => new Push([.. push.Pieces.Where((_, n) => n != i)])));
    }

    private sealed record PushPiece(int Length, bool Zeros);

    private sealed record Push(IReadOnlyList<PushPiece> Pieces)
    {
        public byte[] Content()
        {
            var content = new MemoryStream();
            foreach ((int number, PushPiece piece) in Pieces.Index())
            {
                content.Write(piece.Zeros ? new byte[piece.Length] : Lab.Noise(piece.Length, number));
            }

            return content.ToArray();
        }

        public override string ToString() => string.Join(' ', Pieces.Select(p => $"{(p.Zeros ? "zeros" : "bytes")} {p.Length}"));
    }
}
