using System.Collections.Immutable;
using System.Text;

namespace Waybill.Catalog.Tests.Support;

/// <summary>A bundle to be made: small, but real.</summary>
internal sealed record BundleSketch(AppId Application, string Name, DateTimeOffset Created)
{
    public BundleId Id { get; init; } = BundleId.New();

    public Origin Origin { get; init; } = new() { Platform = "kubernetes", ClusterId = "c-1", ClusterName = "prod", Namespace = "store", Kind = "Deployment", Uid = "u-1", Host = "node-1" };

    public ImmutableArray<Tag> Tags { get; init; } = [];

    public string Volume { get; init; } = "data";

    public VolumeFacts Facts { get; init; } = new() { Provider = "local", PlatformHandle = "vol-1", Claim = "store/data", StorageClass = "fast" };

    public ImmutableArray<(string Name, string Yaml)> Resources { get; init; } = [];

    /// <summary>Gets names and contents of files of a tree <c>share</c>; there is none if it is empty.</summary>
    public ImmutableArray<(string Path, string Content)> Files { get; init; } = [];

    public string? Parent { get; init; }

    public string Snapshot { get; init; } = "";

    public BundleEncryption? Encryption { get; init; }

    public IReadOnlyList<BundleKey> ParentKeys { get; init; } = [];

    public int Seed { get; init; } = 1;

    /// <summary>Gets how many bytes of noise the volume holds.</summary>
    public int VolumeBytes { get; init; } = 1_000;

    /// <summary>Writes it.</summary>
    /// <returns>The path.</returns>
    public async Task<string> WriteAsync(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        BundleChain? parent = null;
        if (Parent is not null)
        {
            BundleReader reader = await BundleReader.OpenAsync(FileByteSource.Open(Parent), TrustPolicy.AcceptUnsigned, new BundleReaderOptions { Keys = ParentKeys });
            parent = await BundleChain.OpenAsync(reader, new DirectoryBundleLocator([Path.GetDirectoryName(Parent)!]));
        }

        try
        {
            await using AtomicOutput output = AtomicOutput.Create(path, durable: false);
            var options = new BundleWriterOptions { LeaveOpen = true, BundleId = Id, Created = Timestamp.From(Created), CellSize = 64 * 1024, Encryption = Encryption };
            var description = new BundleDescription(new ApplicationIdentity(Application, Name) { Origin = Origin }) { Tags = Tags };
            await using (BundleWriter writer = await BundleWriter.CreateAsync(output.Stream, description, parent, options))
            {
                await AddAsync(writer);
                await writer.CompleteAsync();
            }

            await output.PublishAsync();
            return path;
        }
        finally
        {
            if (parent is not null)
            {
                await parent.DisposeAsync();
            }
        }
    }

    private async Task AddAsync(BundleWriter writer)
    {
        string image = Path.GetTempFileName();
        string tree = Directory.CreateTempSubdirectory("waybill-tree-").FullName;
        try
        {
            var content = new byte[Math.Max(200_000, VolumeBytes)];
            new Random(Seed).NextBytes(content.AsSpan(0, VolumeBytes));
            await File.WriteAllBytesAsync(image, content);
            if (Resources.Length > 0)
            {
                await writer.AddResourcesAsync(
                    [.. Resources.Select(resource => new ResourceObject { ApiVersion = "apps/v1", Kind = "Deployment", Name = resource.Name, Namespace = Origin.Namespace, Uid = "uid-" + resource.Name, Content = Encoding.UTF8.GetBytes(resource.Yaml) })]);
            }

            await using (FileBlockReader volume = FileBlockReader.Open(image))
            {
                StreamInfo stream = await writer.AddVolumeAsync(new VolumeRequest(Volume, volume) { Facts = Facts, Change = new ChangeReport(ChangeKind.FullRead) { TargetHandle = Snapshot } });
                writer.AddConsistencyGroup(new ConsistencyEvidence(ConsistencyLevel.Crash), [stream]);
            }

            if (Files.Length > 0)
            {
                foreach ((string name, string text) in Files)
                {
                    string file = Path.Combine(tree, name);
                    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                    await File.WriteAllTextAsync(file, text);
                    File.SetLastWriteTimeUtc(file, new DateTime(2025, 12, 24, 18, 0, 0, DateTimeKind.Utc));
                }

                await using DirectoryTreeSource source = DirectoryTreeSource.Open(tree);
                await writer.AddFileTreeAsync("share", source);
            }
        }
        finally
        {
            File.Delete(image);
            Directory.Delete(tree, recursive: true);
        }
    }
}
