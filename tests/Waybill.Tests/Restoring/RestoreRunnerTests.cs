using Waybill.Bundles;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Engine.Tests.Restoring;

public sealed class RestoreRunnerTests
{
    private const int Length = 2 * 1024 * 1024 + 4096;

    [Fact]
    public async Task Restore_ToAnotherPlatform_MakesTheVolumeAsItWas()
    {
        using var lab = new EngineLab();
        var other = new ScriptedProvider(new ScriptedProviderOptions { Name = "elsewhere", Shape = ChangeShape.None });
        lab.Context = lab.Context with { Providers = lab.Context.Providers.Add(other.Name, other) };
        (VolumeId volume, ProtectResult point) = await ProtectTwiceAsync(lab);
        byte[] wanted = lab.ReadVolume(volume);

        RestoreResult result = await lab.Restore.RunAsync(Request(point, new RestoreTarget.NewVolume("elsewhere", "copy")));

        RestoredVolume restored = Assert.Single(result.Volumes);
        Assert.True(restored.IsVerified);
        ModelSnapshot now = other.GetDisk(restored.Volume).TakeSnapshot();
        Assert.Equal(wanted, now.Read(new ByteRange(0, now.Length)));
        Assert.Empty(await lab.LedgerAsync());
    }

    [Fact]
    public async Task Restore_OverADirtyLargerVolume_LeavesNoOldByte()
    {
        using var lab = new EngineLab();
        (VolumeId volume, ProtectResult point) = await ProtectTwiceAsync(lab);
        byte[] wanted = lab.ReadVolume(volume);
        VolumeId dirty = lab.Platform.AddVolume("dirty", Length + 100_000);
        lab.Platform.GetDisk(dirty).Write(0, EngineLab.Bytes(Length + 100_000, 99));

        await lab.Restore.RunAsync(Request(point, new RestoreTarget.ExistingVolume(lab.Platform.Name, dirty)));

        byte[] now = lab.ReadVolume(dirty);
        Assert.Equal(wanted, now[..Length]);
        Assert.All(now[Length..], b => Assert.Equal(0, b));
    }

    [Fact]
    public async Task Restore_ThatFails_RemovesTheVolumeItMade()
    {
        using var lab = new EngineLab();
        (_, ProtectResult point) = await ProtectTwiceAsync(lab);
        lab.Platform.Faults.Fail(ScriptedCall.Write, 2);

        await Assert.ThrowsAsync<ProviderException>(() => lab.Restore.RunAsync(Request(point, new RestoreTarget.NewVolume(lab.Platform.Name, "copy"))));

        Assert.DoesNotContain(await lab.Platform.ListVolumesAsync().ToListAsync(), v => v.Name == "copy");
        Assert.Empty(await lab.LedgerAsync());
    }

    [Fact]
    public async Task Plan_TellsWhatGoesWhere_AndMakesNothing()
    {
        using var lab = new EngineLab();
        (_, ProtectResult point) = await ProtectTwiceAsync(lab);

        RestorePlan plan = await lab.Restore.PlanAsync(Request(point, new RestoreTarget.NewVolume(lab.Platform.Name, "copy")));

        Assert.Equal(Length, Assert.Single(plan.Items).Length);
        Assert.Single(await lab.Platform.ListVolumesAsync().ToListAsync());
    }

    [Theory]
    [InlineData("missing", "new", WaybillErrorCode.StreamNotFound)]
    [InlineData("data", "taken", WaybillErrorCode.VolumeConflict)]
    [InlineData("data", "small", WaybillErrorCode.TargetTooSmall)]
    [InlineData("data", "gone", WaybillErrorCode.VolumeNotFound)]
    [InlineData("data", "tree", WaybillErrorCode.ProviderUnsupported)]
    public async Task Plan_OfWhatCannotBe_Refuses(string stream, string target, WaybillErrorCode code)
    {
        using var lab = new EngineLab();
        (_, ProtectResult point) = await ProtectTwiceAsync(lab);
        string name = lab.Platform.Name;
        RestoreTarget where = target switch
        {
            "taken" => new RestoreTarget.NewVolume(name, "data"),
            "small" => new RestoreTarget.ExistingVolume(name, lab.Platform.AddVolume("small", Length - 1)),
            "tree" => new RestoreTarget.ExistingVolume(name, lab.Platform.AddVolume("tree", kind: VolumeKind.FileTree)),
            "gone" => new RestoreTarget.ExistingVolume(name, new VolumeId("gone")),
            _ => new RestoreTarget.NewVolume(name, target),
        };
        var request = new RestoreRequest(point.BundleName, TrustPolicy.AcceptUnsigned, [new RestoreItem(stream, where)]);

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => lab.Restore.PlanAsync(request));

        Assert.Equal(code, error.Code);
    }

    [Fact]
    public async Task Restore_OfSomeFiles_RestoresThoseAndTheirDirectories()
    {
        using var lab = new EngineLab();
        VolumeId share = lab.Platform.AddVolume("share", kind: VolumeKind.FileTree);
        ModelTree tree = lab.Platform.GetTree(share);
        tree.WriteFile("a/one.txt", "1"u8);
        tree.WriteFile("a/two.txt", "2"u8);
        tree.WriteFile("b/three.txt", "3"u8);
        ProtectResult point = await lab.Protect.RunAsync(lab.Application(("share", share)));
        var item = new RestoreItem("share", new RestoreTarget.NewVolume(lab.Platform.Name, "copy")) { Only = [FilePath.FromText("a/two.txt")] };

        RestoreResult result = await lab.Restore.RunAsync(new RestoreRequest(point.BundleName, TrustPolicy.AcceptUnsigned, [item]));

        IEnumerable<string> paths = lab.Platform.GetTree(result.Volumes[0].Volume).Current.Entries.Select(e => e.Path.ToString());
        Assert.Equal([".", "a", "a/two.txt"], paths);
    }

    [Fact]
    public async Task Tree_IsReadBack_AndFoundToBeWhatItWas()
    {
        using var lab = new EngineLab();
        ProtectResult point = await ProtectTreeAsync(lab);

        RestoreResult result = await lab.Restore.RunAsync(TreeRequest(lab, point));

        Assert.True(Assert.Single(result.Volumes).IsVerified);
    }

    public static TheoryData<string, string> Losses => new()
    {
        { "another byte", "b.bin: it differs from the byte 150000 on" },
        { "a file less", "a/one.txt: it is not there" },
        { "a shorter file", "b.bin: it has 199999 bytes instead of 200000" },
        { "another link", "c: it points elsewhere" },
        { "another type", "a/one.txt: it is of the type Directory" },
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Tree_OfWhichThePlatformLostSomething_IsNotTakenForRestored(string loss, string said)
    {
        using var lab = new EngineLab();
        ProtectResult point = await ProtectTreeAsync(lab);
        LoseWhenRead(lab, loss);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.Restore.RunAsync(TreeRequest(lab, point)));

        Assert.Equal(WaybillErrorCode.TargetWriteFailed, error.Code);
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("owner", true, "b.bin")]
    [InlineData("file", false, "")]
    public async Task Tree_WithWhatCouldNotBeRestored_IsComparedAllTheSame_AndNotCalledWhole(string what, bool isCompared, string differs)
    {
        using var lab = new EngineLab();
        ProtectResult point = await ProtectTreeAsync(lab);
        var reporting = new ReportingProvider(lab.Platform, new FileRestoreProblem(FilePath.FromText("b.bin"), what, "it may not be"));
        lab.Context = lab.Context with { Providers = lab.Context.Providers.SetItem(lab.Platform.Name, reporting) };
        RestoreResult result = await lab.Restore.RunAsync(TreeRequest(lab, point));
        LoseWhenRead(lab, "another byte");
        RestoreRequest again = TreeRequest(lab, point, "again");

        if (isCompared)
        {
            ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => lab.Restore.RunAsync(again));
            Assert.Contains(differs, error.Message, StringComparison.Ordinal);
        }
        else
        {
            Assert.False(Assert.Single((await lab.Restore.RunAsync(again)).Volumes).IsVerified);
        }

        Assert.Equal((isCompared, 1), (result.Volumes[0].IsVerified, result.Volumes[0].Problems.Length));
    }

    private static async Task<ProtectResult> ProtectTreeAsync(EngineLab lab)
    {
        VolumeId share = lab.Platform.AddVolume("share", kind: VolumeKind.FileTree);
        ModelTree tree = lab.Platform.GetTree(share);
        tree.WriteFile("a/one.txt", "1"u8);
        tree.WriteFile("b.bin", EngineLab.Bytes(200_000, 3));
        tree.Set(new FileTreeEntry { Path = FilePath.FromText("c"), Type = FileType.SymbolicLink, LinkTarget = [.. "b.bin"u8] }, []);
        return await lab.Protect.RunAsync(lab.Application(("share", share)));
    }

    private static RestoreRequest TreeRequest(EngineLab lab, ProtectResult point, string name = "copy") =>
        new(point.BundleName, TrustPolicy.AcceptUnsigned, [new RestoreItem("share", new RestoreTarget.NewVolume(lab.Platform.Name, name))]);

    /// <summary>Has the platform lose something of the newest volume when it is read back.</summary>
    private static void LoseWhenRead(EngineLab lab, string loss) => lab.Platform.Faults.BeforeCall = async (call, stop) =>
    {
        if (call == ScriptedCall.OpenTree)
        {
            lab.Platform.Faults.BeforeCall = null;
            VolumeDescriptor copy = await lab.Platform.ListVolumesAsync(stop).LastAsync(stop);
            Lose(lab.Platform.GetTree(copy.Id), loss);
        }
    };

    private static void Lose(ModelTree tree, string loss)
    {
        byte[] content = EngineLab.Bytes(200_000, 3).ToArray();
        switch (loss)
        {
            case "another byte":
                content[150_000] ^= 1;
                tree.WriteFile("b.bin", content);
                break;
            case "a file less":
                tree.Remove("a/one.txt");
                break;
            case "a shorter file":
                tree.WriteFile("b.bin", content.AsSpan(1));
                break;
            case "another link":
                tree.Set(new FileTreeEntry { Path = FilePath.FromText("c"), Type = FileType.SymbolicLink, LinkTarget = [.. "a"u8] }, []);
                break;
            default:
                tree.Set(new FileTreeEntry { Path = FilePath.FromText("a/one.txt"), Type = FileType.Directory }, []);
                break;
        }
    }

    private static async Task<(VolumeId Volume, ProtectResult Point)> ProtectTwiceAsync(EngineLab lab)
    {
        VolumeId volume = lab.Platform.AddVolume("data", Length);
        lab.Platform.GetDisk(volume).Write(0, EngineLab.Bytes(1_500_000, 1));
        await lab.Protect.RunAsync(lab.Application(("data", volume)));
        lab.Platform.GetDisk(volume).Discard(new ByteRange(500_000, 300_000));
        lab.Platform.GetDisk(volume).Write(Length - 100, EngineLab.Bytes(100, 2));
        return (volume, await lab.Protect.RunAsync(lab.Application(("data", volume))));
    }

    private static RestoreRequest Request(ProtectResult point, RestoreTarget target) => new(point.BundleName, TrustPolicy.AcceptUnsigned, [new RestoreItem("data", target)]);
}
