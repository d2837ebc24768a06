using Waybill.Bundles.Tests.Local;
using Waybill.Bundles.Tests.Support;
using Waybill.Bundles.Tests.Writing;

namespace Waybill.Bundles.Tests.Restoring;

/// <summary>Trees restored from bundles that are damaged, or that declare more than anybody wants.</summary>
public sealed class FileTreeRestorerTests : IDisposable
{
    private const string Tree = "share";

    private static readonly Dictionary<string, byte[]> s_files = new()
    {
        ["a"] = Lab.Noise(200_000, 1),
        ["b"] = Lab.Noise(200_000, 2),
        ["d/c"] = Lab.Noise(70_000, 3),
        ["z"] = Lab.Noise(10, 4),
    };

    private readonly TempDirectory _directory = new();

    public FileTreeRestorerTests() => Skip.IfNot(Libc.IsSupported, "needs Linux");

    public void Dispose() => _directory.Dispose();

    [SkippableFact, Spec("M-15")]
    public async Task Restore_WithOneDamagedFile_BringsBackAllOthersAndNothingUnderItsName()
    {
        byte[] bundle = Damage(await BackUpAsync(), s_files["b"].AsSpan(150_000, 64));

        FileTreeRestoreResult result = await RestoreAsync(bundle);

        Assert.Equal(["b"], Names(result));
        Assert.False(result.IsWhole);
        FileRestoreProblem problem = Assert.Single(result.Problems);
        Assert.Equal((FilePath.FromText("b"), "file"), (problem.Path, problem.What));
        Assert.Contains("WB1105", problem.Reason, StringComparison.Ordinal);
        Assert.Equal(["a", "d/c", "z"], Restored());
        AssertContent("a", "d/c", "z");
    }

    [SkippableFact, Spec("R-10")]
    public async Task Restore_WithADamagedFileOfTwoNames_LeavesNeitherAndReportsBoth()
    {
        Tool.Bash(MakeSource(), "ln b d/other; ln a d/fine");
        byte[] bundle = Damage(await BackUpAsync(null), s_files["b"].AsSpan(10, 64));

        FileTreeRestoreResult result = await RestoreAsync(bundle);

        Assert.Equal(["b", "d/other"], Names(result));
        Assert.Equal(["a", "d/c", "d/fine", "z"], Restored());
        Assert.Equal("2\n", Tool.Bash(_directory["copy"], "stat -c %h a"));
    }

    [SkippableFact, Spec("I-02")]
    public async Task Restore_WithDamageInTheParent_LosesOnlyWhatIsInheritedFromThere()
    {
        byte[] full = await BackUpAsync();
        await using (BundleChain parent = await Lab.OpenChainAsync(full))
        {
            byte[] changed = Lab.Noise(200_000, 9);
            await File.WriteAllBytesAsync(_directory["source/a"], changed);
            byte[] incremental = await BackUpAsync(parent);
            byte[] damaged = Damage(Damage(full, s_files["a"].AsSpan(100, 64)), s_files["d/c"].AsSpan(100, 64));

            FileTreeRestoreResult result = await RestoreAsync(incremental, damaged);

            // The damaged cell of "a" was replaced meanwhile, that of "d/c" was not.
            Assert.Equal(["d/c"], Names(result));
            Assert.Equal(changed, await File.ReadAllBytesAsync(_directory["copy/a"]));
            AssertContent("b", "z");
        }
    }

    [SkippableFact]
    public async Task Restore_WithEverythingDamaged_StillKeepsTheDirectories()
    {
        byte[] bundle = s_files.Values.Aggregate(await BackUpAsync(), (damaged, content) => Damage(damaged, content.AsSpan(0, 10)));

        FileTreeRestoreResult result = await RestoreAsync(bundle);

        Assert.Equal(s_files.Keys, Names(result));
        Assert.Empty(Restored());
        Assert.True(Directory.Exists(_directory["copy/d"]));
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_FromASourceWithABadPlace_GoesOn_UnlessTheErrorMayPass(bool transient)
    {
        byte[] bundle = await BackUpAsync();
        int place = bundle.AsSpan().IndexOf(s_files["b"].AsSpan(150_000, 64));
        var source = new BadPlaceSource(bundle, place, transient);
        await using BundleChain chain = await BundleChain.OpenAsync(await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned, new BundleReaderOptions { TailBytes = 4_096 }), null);
        await using DirectoryTreeTarget target = DirectoryTreeTarget.Create(_directory["copy"]);
        if (transient)
        {
            // Trying again later may bring the file back; leaving it out now would not.
            WaybillException e = await Assert.ThrowsAnyAsync<WaybillException>(() => FileTreeRestorer.RestoreAsync(chain, Tree, target));
            Assert.True(e.IsTransient);
            return;
        }

        Assert.Equal(["b"], Names((await FileTreeRestorer.RestoreAsync(chain, Tree, target))));
        AssertContent("a", "d/c", "z");
    }

    [SkippableFact, Spec("L-02")]
    public async Task Restore_OfMoreThanTheBudget_WritesNothing()
    {
        string source = MakeSource();
        Tool.Bash(source, "truncate -s 1T hole; ln hole second-name");
        byte[] bundle = await BackUpAsync(null);
        long size = s_files.Values.Sum(f => (long)f.Length) + (1L << 40);
        Assert.InRange(bundle.Length, 0, 1_000_000);

        WaybillException e = await Assert.ThrowsAsync<WaybillException>(() => RestoreAsync(size - 1, bundle));
        Assert.Equal(WaybillErrorCode.RestoreBudgetExceeded, e.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory["copy"]));

        // A second name costs nothing, so the budget is enough for what is there.
        Assert.True((await RestoreAsync(size, bundle)).IsWhole);
    }

    [SkippableFact, Spec("L-02")]
    public async Task Restore_ToATargetThatCannotLink_StopsAtTheBudget()
    {
        string source = MakeSource();
        Tool.Bash(source, "for i in {1..9}; do ln a link$i; done");
        byte[] bundle = await BackUpAsync(null);
        await using BundleChain chain = await Lab.OpenChainAsync(bundle);
        var target = new CopyingTarget();
        long size = s_files.Values.Sum(f => (long)f.Length);

        WaybillException e = await Assert.ThrowsAsync<WaybillException>(
            () => FileTreeRestorer.RestoreAsync(chain, Tree, target, new FileTreeRestoreOptions { MaxRestoredBytes = size }));
        Assert.Equal(WaybillErrorCode.RestoreBudgetExceeded, e.Code);
        Assert.InRange(target.Written, 1, size);
    }

    [SkippableFact]
    public async Task Discard_WithoutAFile_IsRefused()
    {
        await using DirectoryTreeTarget target = DirectoryTreeTarget.Create(_directory["copy"]);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await target.DiscardAsync());
    }

    private string MakeSource()
    {
        foreach ((string name, byte[] content) in s_files)
        {
            string path = _directory["source/" + name];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }

        return _directory["source"];
    }

    private Task<byte[]> BackUpAsync()
    {
        MakeSource();
        return BackUpAsync(null);
    }

    private async Task<byte[]> BackUpAsync(BundleChain? parent)
    {
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(_directory["source"]);
        return await Lab.WriteAsync(w => w.AddFileTreeAsync(Tree, source), Lab.SmallCells(BundleCodec.None), parent);
    }

    private static byte[] Damage(byte[] bundle, ReadOnlySpan<byte> content)
    {
        byte[] damaged = (byte[])bundle.Clone();
        int place = damaged.AsSpan().IndexOf(content);
        Assert.True(place > 0, "what is to be damaged is not in the bundle as it is");
        damaged[place] ^= 1;
        return damaged;
    }

    private Task<FileTreeRestoreResult> RestoreAsync(params byte[][] chain) => RestoreAsync(long.MaxValue, chain);

    private async Task<FileTreeRestoreResult> RestoreAsync(long budget, params byte[][] chain)
    {
        await using BundleChain opened = await Lab.OpenChainAsync(chain);
        await using DirectoryTreeTarget target = DirectoryTreeTarget.Create(_directory["copy"]);
        return await FileTreeRestorer.RestoreAsync(opened, Tree, target, new FileTreeRestoreOptions { MaxRestoredBytes = budget });
    }

    private static IEnumerable<string> Names(FileTreeRestoreResult result) => result.DamagedFiles.Select(file => file.ToString());

    private string[] Restored() =>
        [.. Directory.EnumerateFiles(_directory["copy"], "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_directory["copy"], path)).Order(StringComparer.Ordinal)];

    private void AssertContent(params string[] names)
    {
        foreach (string name in names)
        {
            Lab.AssertSame(s_files[name], File.ReadAllBytes(_directory["copy/" + name]), name);
        }
    }

    /// <summary>A medium of which one byte cannot be read.</summary>
    private sealed class BadPlaceSource(byte[] bundle, long place, bool transient) : ByteSource
    {
        private readonly MemoryByteSource _source = new(bundle);

        public override string Name => "bad.waybill";

        public override long Length => _source.Length;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken = default) =>
            !transient && offset <= place && place < offset + destination.Length ? throw new IOException("Input/output error")
            : transient && offset <= place && place < offset + destination.Length ? throw new ProviderException(WaybillErrorCode.SourceReadFailed, "store", "busy") { IsTransient = true }
            : _source.ReadAsync(offset, destination, cancellationToken);
    }

    /// <summary>Wants the content of every name.</summary>
    private sealed class CopyingTarget : FileTreeTarget
    {
        public long Written { get; private set; }

        public override IReadOnlyList<FileRestoreProblem> Problems => [];

        public override ValueTask<bool> BeginAsync(FileTreeEntry entry, CancellationToken cancellationToken = default) => ValueTask.FromResult(entry.Type == FileType.Regular);

        public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
        {
            Written += content.Length;
            return ValueTask.CompletedTask;
        }

        public override ValueTask DiscardAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public override ValueTask CompleteAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
