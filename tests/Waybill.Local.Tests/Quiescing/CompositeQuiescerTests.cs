using System.Collections.Immutable;
using Waybill.Providers;

namespace Waybill.Local.Tests.Quiescing;

public sealed class CompositeQuiescerTests : IDisposable
{
    private static readonly QuiesceRequest s_request = new("lease", TimeSpan.FromMinutes(5));

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("waybill-composite-");

    public void Dispose() => _directory.Delete(recursive: true);

    [SkippableFact]
    public async Task Thaw_Runs_InReverseOrder()
    {
        QuiesceMachine.RequireLinux();
        await using QuiesceLease lease = await Of(CompositeArrangement.Layers, Echo("a"), Echo("b")).QuiesceAsync(s_request);

        QuiesceOutcome outcome = await lease.ThawAsync();

        Assert.Equal("pre a\npre b\npost b\npost a\n", await ReadLogAsync());
        Assert.Equal(["a: pre", "b: pre", "b: post", "a: post"], outcome.Hooks.Select(hook => hook.Name));
        Assert.False(outcome.Broken);
    }

    [SkippableFact]
    public async Task Quiesce_WhoseMiddleFails_ThawsWhatWasTaken()
    {
        QuiesceMachine.RequireLinux();
        CompositeQuiescer quiescer = Of(CompositeArrangement.Parts, Echo("a"), Echo("b", preExit: 1), Echo("c"));

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await quiescer.QuiesceAsync(s_request));

        Assert.Equal("b", error.Provider);
        Assert.Equal("pre a\npre b\npost b\npost a\n", await ReadLogAsync());
    }

    [SkippableFact]
    public async Task Thaw_OfWhichOneFails_ThawsTheOthers()
    {
        QuiesceMachine.RequireLinux();
        await using QuiesceLease lease = await Of(CompositeArrangement.Parts, Echo("a"), Echo("b", postExit: 1)).QuiesceAsync(s_request);

        var error = await Assert.ThrowsAsync<ProviderException>(async () => await lease.ThawAsync());

        Assert.Equal(WaybillErrorCode.ThawFailed, error.Code);
        Assert.Equal("pre a\npre b\npost b\npost a\n", await ReadLogAsync());
    }

    [SkippableFact]
    public async Task Release_OfWhichOneFails_ReleasesTheOthers()
    {
        QuiesceMachine.RequireLinux();

        var error = await Assert.ThrowsAsync<ProviderException>(
            async () => await Of(CompositeArrangement.Parts, Echo("a"), Echo("b", postExit: 1)).ReleaseAsync("gone"));

        Assert.Equal(WaybillErrorCode.ThawFailed, error.Code);
        Assert.Equal("post b\npost a\n", await ReadLogAsync());
    }

    [SkippableTheory]
    [InlineData(CompositeArrangement.Layers, ConsistencyLevel.Application)]
    [InlineData(CompositeArrangement.Parts, ConsistencyLevel.FileSystem)]
    public async Task Level_OfACommandAndAFreeze_IsThatOfTheArrangement(CompositeArrangement arrangement, ConsistencyLevel expected)
    {
        await using FreezableVolume volume = await FreezableVolume.CreateAsync("ext4");
        var freeze = new FileSystemQuiescer(new FileSystemQuiescerOptions { MountPoints = [volume.MountPoint] });
        await using QuiesceLease lease = await Of(arrangement, Echo("a"), freeze).QuiesceAsync(s_request);

        Assert.Equal(expected, lease.Level);
        Assert.False((await lease.ThawAsync()).Broken);
        await Writer.SucceedsAsync(volume.MountPoint);
    }

    private static CompositeQuiescer Of(CompositeArrangement arrangement, params IQuiescer[] members) => new("all", arrangement, members.ToImmutableArray());

    private CommandQuiescer Echo(string name, int preExit = 0, int postExit = 0) => new(new CommandQuiescerOptions
    {
        Name = name,
        Pre = new HookCommand(["sh", "-c", $"echo pre {name} >> log; exit {preExit}"], TimeSpan.FromMinutes(1)),
        Post = new HookCommand(["sh", "-c", $"echo post {name} >> log; exit {postExit}"], TimeSpan.FromMinutes(1)),
        WorkingDirectory = _directory.FullName,
    });

    private Task<string> ReadLogAsync() => File.ReadAllTextAsync(Path.Combine(_directory.FullName, "log"));
}
