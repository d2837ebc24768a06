using Waybill.Bundles;

namespace Waybill.Kubernetes.Tests.Backup;

/// <summary>Trees of files on their way from and to a real backup API while the wire is cut.</summary>
public sealed class RemoteTreeTests
{
    private const int Files = 4000;

    [SkippableFact]
    public async Task List_OverAWireThatIsCut_NamesEveryFileOnce()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "directory trees are read on Linux");
        await using TreeLab lab = await TreeLab.StartAsync();
        for (int i = 0; i < Files; i++)
        {
            string directory = Path.Combine(lab.Source, $"d{i % 40}");
            Directory.CreateDirectory(directory);
            await File.WriteAllBytesAsync(Path.Combine(directory, $"file-with-a-name-{i}"), [1, 2, 3]);
        }

        await using DirectoryTreeSource local = DirectoryTreeSource.Open(lab.Source);
        List<FileTreeEntry> expected = await local.ListAsync().ToListAsync();
        using BackupClient client = lab.Connect();
        FileTreeSource tree = client.OpenTree("shop", "monday");
        var listed = new List<FileTreeEntry>();

        lab.Wire.CutAfter(50_000);
        await foreach (FileTreeEntry entry in tree.ListAsync())
        {
            listed.Add(entry);
            if (listed.Count % 1500 == 0)
            {
                await lab.Wire.CutAsync();
            }
        }

        Assert.True(lab.Wire.Cuts >= 2, "the wire was not cut");

        // Listing a directory is an access.
        Assert.Equal(expected.Select(entry => entry with { Accessed = null }), listed.Select(entry => entry with { Accessed = null }));
    }

    [SkippableFact]
    public async Task Content_OverAWireThatIsCut_IsWhole()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "directory trees are read on Linux");
        await using TreeLab lab = await TreeLab.StartAsync();
        byte[] content = StorageLab.Bytes(9 << 20, 5);
        content.AsSpan(1 << 20, 3 << 20).Clear();
        await File.WriteAllBytesAsync(Path.Combine(lab.Source, "large"), content);
        using BackupClient client = lab.Connect();
        FileTreeSource tree = client.OpenTree("shop", "monday");
        FileTreeEntry entry = (await tree.ListAsync().ToListAsync())[^1];

        lab.Wire.CutAfter(2 << 20);
        await using FileContent file = await tree.OpenAsync(entry);
        var read = new byte[content.Length];
        for (int offset = 0; offset < read.Length; offset += 700_000)
        {
            Memory<byte> piece = read.AsMemory(offset, Math.Min(700_000, read.Length - offset));
            Assert.Equal(piece.Length, await file.ReadAsync(offset, piece));
        }

        Assert.Equal(1, lab.Wire.Cuts);
        Assert.Equal(content, read);
        Assert.Null(await file.FindChangeAsync());
    }

    [SkippableTheory]
    [InlineData(500_000)]
    [InlineData(5_000_000)]
    public async Task File_ThatIsCutShortAfterItWasListed_EndsWhereItEnds(int length)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "directory trees are read on Linux");
        await using TreeLab lab = await TreeLab.StartAsync();
        string path = Path.Combine(lab.Source, "file");
        await File.WriteAllBytesAsync(path, StorageLab.Bytes(length, 5));
        using BackupClient client = lab.Connect();
        FileTreeSource tree = client.OpenTree("shop", "monday");
        FileTreeEntry entry = (await tree.ListAsync().ToListAsync())[^1];
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(length / 2);
        }

        await using FileContent content = await tree.OpenAsync(entry);

        Assert.Equal(length / 2, await content.ReadAsync(0, new byte[length]));
        Assert.NotNull(await content.FindChangeAsync());
    }

    [SkippableFact]
    public async Task Write_OverAWireThatIsCut_Fails_AndIsBegunAnew()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "directory trees are restored on Linux");
        await using TreeLab lab = await TreeLab.StartAsync();
        byte[] content = StorageLab.Bytes(9 << 20, 6);
        using BackupClient client = lab.Connect();

        lab.Wire.CutAfter(3 << 20);
        ProviderException broken = await Assert.ThrowsAsync<ProviderException>(() => WriteAsync(client, content, replaces: false));
        ProviderException occupied = await Assert.ThrowsAsync<ProviderException>(() => WriteAsync(client, content, replaces: false));
        await WriteAsync(client, content, replaces: true);

        Assert.True(broken.IsTransient);
        Assert.Equal(WaybillErrorCode.TargetExists, occupied.Code);
        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(lab.Target, "large")));
    }

    [SkippableFact]
    public async Task Open_OfATarget_IsTriedAgain_WhenTheWireIsCut()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "directory trees are restored on Linux");
        await using TreeLab lab = await TreeLab.StartAsync();
        using BackupClient client = lab.Connect();

        lab.Wire.CutAfter(500);
        await WriteAsync(client, [1, 2, 3], replaces: false);

        Assert.Equal(1, lab.Wire.Cuts);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Path.Combine(lab.Target, "large")));
    }

    private static async Task WriteAsync(BackupClient client, byte[] content, bool replaces)
    {
        await using FileTreeTarget target = await client.OpenTreeTargetAsync("shop", "data", replaces);
        await target.BeginAsync(new FileTreeEntry { Path = FilePath.Root, Type = FileType.Directory, Mode = 0x1ED });
        Assert.True(await target.BeginAsync(new FileTreeEntry { Path = FilePath.FromText("large"), Type = FileType.Regular, Mode = 0x1A4, Size = content.Length }));
        for (int offset = 0; offset < content.Length; offset += 1 << 20)
        {
            await target.WriteAsync(offset, content.AsMemory(offset, Math.Min(1 << 20, content.Length - offset)));
        }

        await target.CompleteAsync();
        Assert.Empty(target.Problems);
    }
}
