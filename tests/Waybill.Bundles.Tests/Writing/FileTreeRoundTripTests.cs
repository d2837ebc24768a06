using System.Diagnostics;
using System.Runtime.Versioning;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

[SupportedOSPlatform("linux")]
public sealed class FileTreeRoundTripTests : IDisposable
{
    private const string Tree = "share";

    private readonly DirectoryInfo _temp = Directory.CreateTempSubdirectory("waybill-tree-");

    // The base library cannot delete a name that is not UTF-8.
    public void Dispose() => Run("rm", "-rf", _temp.FullName);

    [Fact]
    [Spec("R-05")]
    [Spec("R-10")]
    public async Task Tree_FullThenIncremental_ComesBackWithItsMetadata()
    {
        string source = Populate();
        byte[] full = await BackUpAsync(source, null);
        File.AppendAllText(Path.Combine(source, "docs/notes.txt"), "one more line\n");
        File.WriteAllBytes(Path.Combine(source, "new.bin"), Lab.Noise(90_000, 3));
        File.Delete(Path.Combine(source, "docs/old.txt"));
        byte[] incremental = await BackUpAsync(source, full);

        Assert.True((await Lab.VerifyAsync(full)).IsValid);
        VerificationReport report = await Lab.VerifyAsync(incremental, full);
        Assert.Null(report.Problem);
        StreamInfo data = report.Manifest!.FindStream(StreamKind.FileData, Tree)!;
        Assert.InRange(data.DataBytes, 90_000, 92_000);
        string restored = await RestoreAsync("restored", incremental, full);
        Assert.Equal(Listing(source), Listing(restored));
        Assert.Equal("", Run("diff", "-r", "--no-dereference", "--exclude=pipe", source, restored));
    }

    [Fact]
    public async Task Tree_Merged_ComesBackFromOneBundle()
    {
        string source = Populate();
        byte[] full = await BackUpAsync(source, null);
        File.AppendAllText(Path.Combine(source, "docs/notes.txt"), "one more line\n");
        byte[] incremental = await BackUpAsync(source, full);
        await using BundleChain chain = await Lab.OpenChainAsync(incremental, full);
        var output = new MemoryStream();
        BundleWriterOptions options = Lab.SmallCells();
        options.LeaveOpen = true;
        await BundleMerger.MergeAsync(chain.Bundles, output, options);
        byte[] merged = output.ToArray();

        Assert.True((await Lab.VerifyAsync(merged)).IsValid);
        Assert.Equal(Listing(source), Listing(await RestoreAsync("merged", merged)));
    }

    private static async Task<byte[]> BackUpAsync(string path, byte[]? parent)
    {
        await using DirectoryTreeSource source = DirectoryTreeSource.Open(path);
        await using BundleChain? chain = parent is null ? null : await Lab.OpenChainAsync(parent);
        return await Lab.WriteAsync(w => w.AddFileTreeAsync(Tree, source), null, chain);
    }

    private async Task<string> RestoreAsync(string name, params byte[][] chain)
    {
        string path = Path.Combine(_temp.FullName, name);
        await using BundleChain opened = await Lab.OpenChainAsync(chain);
        await using DirectoryTreeTarget target = DirectoryTreeTarget.Create(path);
        Assert.Empty((await FileTreeRestorer.RestoreAsync(opened, Tree, target)).Problems);
        return path;
    }

    private string Populate()
    {
        string root = Path.Combine(_temp.FullName, "source");
        Directory.CreateDirectory(Path.Combine(root, "docs/empty"));
        File.WriteAllText(Path.Combine(root, "docs/notes.txt"), "notes\n");
        File.WriteAllText(Path.Combine(root, "docs/old.txt"), "old\n");
        File.WriteAllBytes(Path.Combine(root, "large.bin"), Lab.MixedVolume(300_000));
        File.WriteAllText(Path.Combine(root, "odd name\n\u202Ewith everything"), "odd");
        Run("bash", "-c", $"cd '{root}' && ln docs/notes.txt hard && ln -s ../docs/notes.txt docs/soft && mkfifo pipe && truncate -s 5M sparse && printf x | dd of=sparse bs=1 seek=3000000 conv=notrunc status=none && printf bad > \"$(printf 'not-utf8-\\xff\\xfe')\" && chmod 4751 docs/old.txt && touch -d '1969-02-03 04:05:06.123456789' docs/old.txt && setfattr -n user.colour -v blue large.bin && touch -d '2001-02-03 04:05:06.7' docs");
        return root;
    }

    /// <summary>Every name with type, mode, owner, links, size, allocated blocks of sparse files, time and attributes.</summary>
    private static string Listing(string root) =>
        Run("bash", "-c", $"cd '{root}' && find . -printf '%P|%y|%m|%U|%G|%n|%s|%T@|%l\\n' | grep -v '^|d' | LC_ALL=C sort && getfattr -R -d -m - . 2>/dev/null | LC_ALL=C sort; stat -c '%b' sparse");

    private static string Run(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} failed: {output}{errors}");
        return output;
    }
}
