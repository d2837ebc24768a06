using FsCheck;
using FsCheck.Fluent;

namespace Waybill.Bundles.Tests.Support;

/// <summary>Random histories, and smaller ones to explain a failure with.</summary>
internal static class HistoryGenerator
{
    private const int Cell = 64 * 1024;

    /// <summary>Histories of up to <paramref name="maxBackups"/> bundles.</summary>
    public static Arbitrary<History> Histories(int maxBackups = 6, int minBackups = 1) => Arb.From(Generate(minBackups, maxBackups), h => Shrink(h, minBackups));

    /// <summary>Lengths around everything that matters: nothing, blocks, cells, and between.</summary>
    public static Gen<int> Lengths { get; } = Gen.Frequency(
        (1, Gen.Elements(0, 1, 511, 512, 513, 4096, Cell - 512, Cell - 1, Cell, Cell + 1, (2 * Cell) + 512, 4 * Cell)),
        (1, Gen.Choose(1, 600).Select(blocks => blocks * 512)),
        (1, Gen.Choose(1, 5 * Cell)));

    private static Gen<VolumeEdit> Edits { get; } =
        from kind in Gen.Frequency((4, Gen.Constant(EditKind.Noise)), (2, Gen.Constant(EditKind.Text)), (3, Gen.Constant(EditKind.Discard)))
        from offset in Gen.Frequency((2, Gen.Choose(0, 640).Select(block => block * 512)), (1, Gen.Choose(0, 5 * Cell)), (1, Gen.Choose(0, 4).Select(cell => cell * Cell)))
        from length in Gen.Frequency((3, Gen.Choose(1, 3000)), (2, Gen.Choose(1, 40).Select(block => block * 512)), (1, Gen.Choose(1, 2 * Cell)), (1, Gen.Constant(Cell)))
        select new VolumeEdit(kind, offset, length);

    private static Gen<BackupStep> Steps { get; } =
        from count in Gen.Choose(0, 5)
        from edits in Edits.ListOf(count)
        from resized in Gen.Choose(0, 3)
        from newLength in Lengths
        from list in Gen.Frequency((3, Gen.Constant(ListKind.None)), (3, Gen.Constant(ListKind.Exact)), (2, Gen.Constant(ListKind.Coarse)), (1, Gen.Constant(ListKind.StoreAll)))
        from codec in Gen.Elements(BundleCodec.None, BundleCodec.Lz4, BundleCodec.Zstd)
        from workers in Gen.Choose(1, 3)
        from holes in Gen.Elements(true, false)
        select resized == 0
            ? new BackupStep([.. edits], newLength, list == ListKind.StoreAll ? list : ListKind.None, codec, workers, holes)
            : new BackupStep([.. edits], null, list, codec, workers, holes);

    private static Gen<History> Generate(int minBackups, int maxBackups) =>
        from blockSize in Gen.Elements(512, 1024, 4096, 65_536)
        from cellSize in Gen.Frequency((3, Gen.Constant(Cell)), (1, Gen.Constant(2 * Cell)))
        from length in Lengths
        from backups in Gen.Choose(minBackups, maxBackups)
        from steps in Steps.ListOf(backups)
        select new History(blockSize, cellSize, length, [.. steps]);

    private static IEnumerable<History> Shrink(History history, int minBackups)
    {
        for (int i = history.Steps.Count - 1; i >= 0 && history.Steps.Count > minBackups; i--)
        {
            yield return history with { Steps = [.. history.Steps.Where((_, n) => n != i)] };
        }

        for (int i = 0; i < history.Steps.Count; i++)
        {
            foreach (BackupStep smaller in Shrink(history.Steps[i]))
            {
                yield return history with { Steps = [.. history.Steps.Select((step, n) => n == i ? smaller : step)] };
            }
        }

        if (history.CellSize > Cell)
        {
            yield return history with { CellSize = Cell };
        }

        if (history.Length > 512)
        {
            yield return history with { Length = history.Length / 2 };
            yield return history with { Length = (history.Length - 1) / 512 * 512 };
        }
    }

    private static IEnumerable<BackupStep> Shrink(BackupStep step)
    {
        for (int i = 0; i < step.Edits.Count; i++)
        {
            yield return step with { Edits = [.. step.Edits.Where((_, n) => n != i)] };
        }

        if (step.NewLength is not null)
        {
            yield return step with { NewLength = null };
        }

        if (step.List != ListKind.None)
        {
            yield return step with { List = ListKind.None };
        }

        if (step.Codec != BundleCodec.None)
        {
            yield return step with { Codec = BundleCodec.None };
        }

        if (step.Workers > 1 || step.TellsHoles)
        {
            yield return step with { Workers = 1, TellsHoles = false };
        }

        for (int i = 0; i < step.Edits.Count; i++)
        {
            VolumeEdit edit = step.Edits[i];
            VolumeEdit[] smaller = [edit with { Length = edit.Length / 2 }, edit with { Offset = edit.Offset / 2 }, edit with { Offset = edit.Offset / 512 * 512 }];
            foreach (VolumeEdit candidate in smaller.Where(e => e.Length > 0 && e != edit))
            {
                yield return step with { Edits = [.. step.Edits.Select((e, n) => n == i ? candidate : e)] };
            }
        }
    }
}
