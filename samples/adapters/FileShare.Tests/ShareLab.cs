using System.Collections.Immutable;
using Waybill.Bundles;
using Waybill.Engine;
using Waybill.Providers;
using Waybill.Testing;

namespace Waybill.Samples.FileShare.Tests;

/// <summary>An engine on shares, with its state and its audit in a directory of its own.</summary>
internal sealed class ShareLab : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-share-").FullName;
    private readonly AccessAudit _audit;

    public ShareLab(params ShareVolume[] volumes)
        : this("", volumes)
    {
    }

    public ShareLab(SmbServer server)
        : this(
            server.Secret,
            new SmbVolume(new VolumeId("vol"), server.Address, "vol") { Directory = FilePath.FromText("data") },
            new SmbVolume(new VolumeId("copy"), server.Address, "vol") { Directory = FilePath.FromText("copy") })
    {
    }

    private ShareLab(string secret, params ShareVolume[] volumes)
    {
        Access = new TestAccess(SmbServer.User, secret, Clock);
        _audit = new AccessAudit(AuditFile);
        Provider = new FileShareProvider(volumes, new FileShareOptions(Access, _audit) { TimeProvider = Clock });
        Context = new EngineContext(Store, _directory)
        {
            Providers = ImmutableDictionary<string, IVolumeProvider>.Empty.Add(Provider.Name, Provider),
            TimeProvider = new LateClock(),
        };
    }

    public TickingClock Clock { get; } = new();

    public TestAccess Access { get; }

    public FileShareProvider Provider { get; }

    public InMemoryBundleStore Store { get; } = new();

    public EngineContext Context { get; }

    public string AuditFile => Path.Combine(_directory, "audit.jsonl");

    public Task<ProtectResult> ProtectAsync(string volume = "vol") => new ProtectRunner(Context).RunAsync(new ProtectedApplication("files")
    {
        Volumes = [new ProtectedVolume("files", Provider.Name, new VolumeId(volume))],

        // A share is read while it is used.
        Policy = new ProtectPolicy { MinimumConsistency = ConsistencyLevel.None },
    });

    public async Task<RestoredVolume> RestoreAsync(string bundle, string volume = "copy")
    {
        var item = new RestoreItem("files", new RestoreTarget.ExistingVolume(Provider.Name, new VolumeId(volume)));
        RestoreResult result = await new RestoreRunner(Context).RunAsync(new RestoreRequest(bundle, TrustPolicy.AcceptUnsigned, [item]));
        return result.Volumes[0];
    }

    public async Task<Dictionary<string, FileTreeEntry>> ListAsync(string volume)
    {
        await using FileTreeSource tree = await Provider.OpenTreeAsync(new VolumeSource(new VolumeId(volume)));
        var entries = new Dictionary<string, FileTreeEntry>();
        await foreach (FileTreeEntry entry in tree.ListAsync())
        {
            entries.Add(entry.Path.ToString(), entry);
        }

        return entries;
    }

    public async Task<Dictionary<string, FileTreeEntry>> ReadPointAsync(string bundle)
    {
        ByteSource source = await Store.OpenReadAsync(bundle);
        await using BundleReader reader = await BundleReader.OpenAsync(source, TrustPolicy.AcceptUnsigned);
        var entries = new Dictionary<string, FileTreeEntry>();
        await foreach (FileTreeEntry entry in reader.ReadFileEntriesAsync("files"))
        {
            entries.Add(entry.Path.ToString(), entry);
        }

        return entries;
    }

    public async Task<List<string>> AuditedAsync(ShareOperation operation, string outcome = "ok") =>
        [.. (await AccessAudit.ReadAsync(AuditFile)).Where(r => r.Operation == operation && r.Outcome == outcome).Select(r => r.Path)];

    public async ValueTask DisposeAsync()
    {
        await _audit.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
