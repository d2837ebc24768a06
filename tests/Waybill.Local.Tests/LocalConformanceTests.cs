using System.Collections.Immutable;
using Waybill.Local.Tests.Quiescing;
using Waybill.Local.Tests.Support;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Local.Tests;

/// <summary>The kit's obligations on every kind of file system a pool can lie on.</summary>
public sealed class LocalConformanceTests
{
    [SkippableTheory]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    [InlineData("btrfs-zstd")]
    [InlineData("plain")]
    public async Task Pool_KeepsEveryObligation(string fileSystem)
    {
        await using PoolDirectory directory = await PoolDirectory.CreateAsync(fileSystem);
        await using LocalProvider provider = await LocalProvider.OpenAsync(new LocalProviderOptions { PoolDirectory = Path.Combine(directory.Path, "pool") });

        string trees = Path.Combine(directory.Path, "pool", "trees");
        ConformanceReport report = await ProviderConformance.RunAsync(
            provider, new ConformanceOptions { VolumeLength = 2 * 1024 * 1024, EditTree = (volume, _) => EditAsync(Path.Combine(trees, volume.ToString())) });

        Assert.True(report.IsConformant, report.ToString());
        Assert.All(
            report.Checks.Where(c => c.Id.StartsWith("trees.", StringComparison.Ordinal) || c.Id.StartsWith("files.", StringComparison.Ordinal)),
            c => Assert.Equal(ConformanceOutcome.Passed, c.Outcome));
        Assert.Empty(Directory.EnumerateFileSystemEntries(trees));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(directory.Path, "pool", "tree-snapshots")));
        Assert.Equal(fileSystem != "plain", report.Checks.Any(c => c.Outcome == ConformanceOutcome.Passed && c.Id.StartsWith("changes.", StringComparison.Ordinal)));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(directory.Path, "pool", "volumes")));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(directory.Path, "pool", "snapshots")));
    }

    private static async ValueTask<ImmutableArray<ChangedFile>> EditAsync(string tree)
    {
        // The size and the times stay: only the content says that it is another file.
        string same = Path.Combine(tree, "a", "holey");
        DateTime modified = File.GetLastWriteTimeUtc(same);
        await using (FileStream file = new(same, FileMode.Open, FileAccess.Write))
        {
            file.Position = 120_000;
            await file.WriteAsync(new byte[] { 1, 2, 3 });
        }

        File.SetLastWriteTimeUtc(same, modified);
        File.Delete(Path.Combine(tree, "a", "empty"));
        await QuiesceMachine.RunAsync("chmod", "600", Path.Combine(tree, "c", "d", "small.bin"));
        Directory.CreateDirectory(Path.Combine(tree, "new"));
        await File.WriteAllTextAsync(Path.Combine(tree, "new", "file"), "new");
        return
        [
            Change("a/empty", ChangedFileKind.Removed),
            Change("a/holey", ChangedFileKind.Changed),
            Change("c/d/small.bin", ChangedFileKind.Changed),
            Change("new", ChangedFileKind.Added),
            Change("new/file", ChangedFileKind.Added),
        ];
    }

    private static ChangedFile Change(string path, ChangedFileKind kind) => new(FilePath.FromText(path), kind);
}
