using Waybill.Providers;

namespace Waybill.Testing;

/// <summary>Trees of files are restored, listed, read and kept in snapshots.</summary>
internal static class TreeScenario
{
    public static IReadOnlyList<Obligation> Obligations { get; } =
    [
        new("trees.round-trip", "What was restored MUST be listed and read as it was, but for what the target reported."),
        new("trees.order", "Files MUST be listed once, in the order of their paths, the root first."),
        new("trees.links", "All names of one file, and no others, MUST be given the same link group."),
        new("trees.data-ranges", "Ranges of a file that are not holes MUST ascend, be disjoint and non-empty, and leave out zeros only."),
        new("trees.concurrent", "Files MUST be allowed to be opened and read at the same time, also after the list ended."),
        new("trees.list-cancelled", "A list of files that was cancelled MUST NOT end cleanly."),
        new("trees.discard", "A file that is taken back MUST leave nothing under its name."),
        new("trees.target-empty", "A volume that holds something MUST be refused as a target with TargetExists."),
        new("trees.open-unknown", "Opening a tree that does not exist MUST fail with VolumeNotFound or SnapshotNotFound."),
        new("trees.snapshot", "A snapshot of a tree MUST hold everything that was there, and stay as it is."),
    ];

    public static async Task RunAsync(ProviderScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        TreeVolume volume = await TreeVolume.CreateAsync(scope, cancellationToken).ConfigureAwait(false);
        SnapshotDescriptor? before = await TrySnapshotAsync(scope, volume, cancellationToken).ConfigureAwait(false);
        KitTree tree = KitTree.Make(scope);
        HashSet<FilePath> excused = [.. (await volume.WriteAsync(tree, cancellationToken).ConfigureAwait(false)).Select(problem => problem.Path)];
        FileTreeSource source = await volume.OpenAsync(null, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            List<FileTreeEntry> listed = await TreeVolume.ListAsync(source, cancellationToken).ConfigureAwait(false);
            await verdicts.CheckAsync("trees.round-trip", () => CheckRoundTripAsync(source, listed, tree, excused, cancellationToken), cancellationToken).ConfigureAwait(false);
            verdicts.Record("trees.order", FindDisorder(listed));
            verdicts.Record("trees.links", excused.Overlaps([KitTree.LinkedNames.First, KitTree.LinkedNames.Second]) ? null : FindWrongLinks(listed));
            await verdicts.CheckAsync("trees.data-ranges", () => CheckRangesAsync(source, listed, cancellationToken), cancellationToken).ConfigureAwait(false);
            await verdicts.CheckAsync("trees.concurrent", () => CheckConcurrentAsync(source, listed, cancellationToken), cancellationToken).ConfigureAwait(false);
            await verdicts.CheckAsync("trees.list-cancelled", () => Cancellation.CheckAsync(source.ListAsync, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        await verdicts.CheckAsync("trees.discard", () => CheckDiscardAsync(scope, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "trees.target-empty",
            () => Verdicts.ExpectAsync(WaybillErrorCode.TargetExists, () => OpenTargetAsync(scope, volume.Id, cancellationToken)),
            cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync("trees.open-unknown", () => CheckOpenAsync(scope, volume, cancellationToken), cancellationToken).ConfigureAwait(false);
        await verdicts.CheckAsync(
            "trees.snapshot",
            async () =>
            {
                await volume.RequireSnapshotsAsync(cancellationToken).ConfigureAwait(false);
                await CheckSnapshotAsync(volume, before!, tree, excused, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<SnapshotDescriptor?> TrySnapshotAsync(ProviderScope scope, TreeVolume volume, CancellationToken cancellationToken) =>
        scope.Provider is ISnapshotProvider && (await scope.Provider.GetCapabilitiesAsync(volume.Id, cancellationToken).ConfigureAwait(false)).Snapshots
            ? await volume.SnapshotAsync(cancellationToken).ConfigureAwait(false)
            : null;

    private static async Task CheckRoundTripAsync(
        FileTreeSource source, List<FileTreeEntry> listed, KitTree tree, HashSet<FilePath> excused, CancellationToken cancellationToken)
    {
        foreach ((FileTreeEntry wanted, byte[] content) in tree.Files.Where(file => !excused.Contains(file.Entry.Path)))
        {
            FileTreeEntry entry = listed.Find(one => one.Path == wanted.Path) ?? throw new CheckFailedException($"{wanted.Path} is not listed.");
            Verdicts.Require(entry.Gaps.IsEmpty, $"{entry.Path} has a gap: {entry.Gaps.FirstOrDefault()}.");
            Verdicts.Require(Describe(entry) == Describe(wanted), $"{entry.Path} is {Describe(entry)} instead of {Describe(wanted)}.");
            if (entry.Type == FileType.Regular)
            {
                ContentComparison.RequireSame(await TreeVolume.ReadAsync(source, entry, cancellationToken).ConfigureAwait(false), content, entry.Path.ToString());
            }
        }

        Verdicts.Require(listed.All(one => tree.Files.Any(file => file.Entry.Path == one.Path)), "Something is listed that nobody restored.");
    }

    // What every tree keeps. The permissions of a symbolic link mean nothing, and its time cannot be set everywhere.
    private static string Describe(FileTreeEntry entry) => entry.Type == FileType.SymbolicLink
        ? $"{entry.Type} to {System.Text.Encoding.UTF8.GetString(entry.LinkTarget.AsSpan())}"
        : $"{entry.Type} {Convert.ToString(entry.Mode, 8)}, {entry.Size} bytes, modified {entry.Modified}";

    private static string? FindDisorder(List<FileTreeEntry> listed)
    {
        if (listed.Count == 0 || !listed[0].Path.IsRoot)
        {
            return "The root is not the first.";
        }

        for (int i = 1; i < listed.Count; i++)
        {
            if (listed[i - 1].Path.CompareTo(listed[i].Path) >= 0)
            {
                return $"{listed[i].Path} comes after {listed[i - 1].Path}.";
            }
        }

        return null;
    }

    private static string? FindWrongLinks(List<FileTreeEntry> listed)
    {
        ulong first = listed.Find(one => one.Path == KitTree.LinkedNames.First)?.LinkGroup ?? 0;
        ulong second = listed.Find(one => one.Path == KitTree.LinkedNames.Second)?.LinkGroup ?? 0;
        int members = listed.Count(one => one.LinkGroup == first && first != 0);
        return first == 0 || first != second ? $"Two names of one file have the groups {first} and {second}."
            : members != 2 ? $"{members} names have the group of a file with two."
            : null;
    }

    private static async Task CheckRangesAsync(FileTreeSource source, List<FileTreeEntry> listed, CancellationToken cancellationToken)
    {
        foreach (FileTreeEntry entry in listed.Where(one => one.Type == FileType.Regular))
        {
            FileContent content = await source.OpenAsync(entry, cancellationToken).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                var bytes = new byte[entry.Size];
                await content.ReadAsync(0, bytes, cancellationToken).ConfigureAwait(false);
                var cover = new bool[bytes.Length];
                long end = 0;
                await foreach (ByteRange range in content.GetDataRangesAsync(cancellationToken).ConfigureAwait(false))
                {
                    Verdicts.Require(range.Length > 0 && range.Offset >= end && range.End <= bytes.Length, $"{range} of {entry.Path} comes after the offset {end}; the file has {bytes.Length} bytes.");
                    cover.AsSpan((int)range.Offset, (int)range.Length).Fill(true);
                    end = range.End;
                }

                string? uncovered = ContentComparison.FindUncovered(bytes, cover, entry.Path.ToString());
                Verdicts.Require(uncovered is null, uncovered ?? "");
            }
        }
    }

    private static async Task CheckConcurrentAsync(FileTreeSource source, List<FileTreeEntry> listed, CancellationToken cancellationToken)
    {
        FileTreeEntry[] files = [.. listed.Where(one => one.Type == FileType.Regular)];
        var alone = new List<byte[]>();
        foreach (FileTreeEntry file in files)
        {
            alone.Add(await TreeVolume.ReadAsync(source, file, cancellationToken).ConfigureAwait(false));
        }

        byte[][] together = await Task.WhenAll(files.Concat(files).Select(file => TreeVolume.ReadAsync(source, file, cancellationToken))).ConfigureAwait(false);
        for (int i = 0; i < together.Length; i++)
        {
            ContentComparison.RequireSame(together[i], alone[i % files.Length], files[i % files.Length].Path.ToString());
        }
    }

    private static async Task CheckDiscardAsync(ProviderScope scope, CancellationToken cancellationToken)
    {
        TreeVolume volume = await TreeVolume.CreateAsync(scope, cancellationToken).ConfigureAwait(false);
        FilePath kept = FilePath.FromText("kept");
        FilePath taken = FilePath.FromText("taken");
        FileTreeTarget target = await ((IFileTreeProvider)scope.Provider).OpenTreeTargetAsync(volume.Id, cancellationToken).ConfigureAwait(false);
        await using (target.ConfigureAwait(false))
        {
            await target.BeginAsync(new FileTreeEntry { Path = FilePath.Root, Type = FileType.Directory, Mode = 0x1ED }, cancellationToken).ConfigureAwait(false);
            await target.BeginAsync(new FileTreeEntry { Path = kept, Type = FileType.Regular, Mode = 0x1A4, Size = 3 }, cancellationToken).ConfigureAwait(false);
            await target.WriteAsync(0, new byte[] { 1, 2, 3 }, cancellationToken).ConfigureAwait(false);
            await target.BeginAsync(new FileTreeEntry { Path = taken, Type = FileType.Regular, Mode = 0x1A4, Size = 100_000 }, cancellationToken).ConfigureAwait(false);
            await target.WriteAsync(0, new byte[50_000], cancellationToken).ConfigureAwait(false);
            await target.DiscardAsync(cancellationToken).ConfigureAwait(false);
            await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }

        List<FileTreeEntry> listed = await volume.ListAsync(null, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(
            listed.Count == 2 && listed[1].Path == kept, $"There is {string.Join(", ", listed.Select(one => one.Path))} instead of the root and {kept}.");
    }

    private static async Task OpenTargetAsync(ProviderScope scope, VolumeId volume, CancellationToken cancellationToken)
    {
        FileTreeTarget target = await ((IFileTreeProvider)scope.Provider).OpenTreeTargetAsync(volume, cancellationToken).ConfigureAwait(false);
        await target.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task CheckOpenAsync(ProviderScope scope, TreeVolume volume, CancellationToken cancellationToken)
    {
        IFileTreeProvider trees = (IFileTreeProvider)scope.Provider;
        VolumeId unknown = new(scope.NewName());
        await Verdicts.ExpectAsync(WaybillErrorCode.VolumeNotFound, () => OpenAsync(new VolumeSource(unknown))).ConfigureAwait(false);
        await Verdicts.ExpectAsync(WaybillErrorCode.VolumeNotFound, () => OpenTargetAsync(scope, unknown, cancellationToken)).ConfigureAwait(false);
        if (scope.Provider is ISnapshotProvider)
        {
            await Verdicts.ExpectAsync(WaybillErrorCode.SnapshotNotFound, () => OpenAsync(new VolumeSource(volume.Id, new SnapshotId(unknown.ToString())))).ConfigureAwait(false);
        }

        async Task OpenAsync(VolumeSource source)
        {
            FileTreeSource opened = await trees.OpenTreeAsync(source, cancellationToken).ConfigureAwait(false);
            await opened.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task CheckSnapshotAsync(
        TreeVolume volume, SnapshotDescriptor before, KitTree tree, HashSet<FilePath> excused, CancellationToken cancellationToken)
    {
        List<FileTreeEntry> empty = await volume.ListAsync(before.Id, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(empty.Count == 1, $"A snapshot of the empty tree has {empty.Count - 1} files after files were restored to the volume.");
        SnapshotDescriptor after = await volume.SnapshotAsync(cancellationToken).ConfigureAwait(false);
        FileTreeSource source = await volume.OpenAsync(after.Id, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            List<FileTreeEntry> listed = await TreeVolume.ListAsync(source, cancellationToken).ConfigureAwait(false);
            await CheckRoundTripAsync(source, listed, tree, excused, cancellationToken).ConfigureAwait(false);
        }
    }
}
