using Waybill.Storage;
using Waybill.Testing;

namespace Waybill.Engine.Tests.Storage;

public sealed class DirectoryBundleStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("waybill-store-").FullName;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Conformance_Passes_AndNothingIsLeft(bool durable)
    {
        var store = new DirectoryBundleStore(Path.Combine(_directory, "made", "anew"), durable);

        ConformanceReport report = await StoreConformance.RunAsync(store);

        report.ThrowIfFailed();
        Assert.All(report.Checks, check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
        Assert.Empty(Directory.EnumerateFileSystemEntries(store.Name, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }));
    }

    [Fact]
    public async Task ListAsync_LeavesOutWhatIsNoBundlesName()
    {
        var store = new DirectoryBundleStore(_directory);
        foreach (string name in (string[])["notes.txt", "Capital.waybill", ".hidden.waybill", "a.waybill"])
        {
            await File.WriteAllTextAsync(Path.Combine(_directory, name), "1234");
        }

        Directory.CreateDirectory(Path.Combine(_directory, "directory.waybill"));

        Assert.Equal([new StoredBundle("a.waybill", 4)], await store.ListAsync().ToListAsync());
    }

    [Fact]
    public async Task ListAsync_WhenTheDirectoryIsGone_SaysSo()
    {
        var store = new DirectoryBundleStore(Path.Combine(_directory, "gone"));
        Directory.Delete(store.Name);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(async () => await store.ListAsync().ToListAsync());

        Assert.Equal((WaybillErrorCode.SourceReadFailed, store.Name), (error.Code, error.ObjectName));
    }

    [Fact]
    public async Task OpenUnfinishedAsync_AfterSeveralUploads_OpensTheLongestOfThatNameAlone()
    {
        var store = new DirectoryBundleStore(_directory);
        foreach ((string name, int length) in ((string, int)[])[("a.waybill", 2), ("a.waybill", 7), ("a.waybill", 5), ("a.waybill.b.waybill", 99)])
        {
            await using StoreUpload upload = await store.CreateAsync(name);
            upload.KeepsUnfinished = true;
            await upload.Body.WriteAsync(new byte[length]);
            await upload.Body.FlushAsync();
        }

        await using ByteSource? longest = await store.OpenUnfinishedAsync("a.waybill");
        Assert.Equal(7, longest!.Length);
        await store.DiscardUnfinishedAsync("a.waybill");
        Assert.Null(await store.OpenUnfinishedAsync("a.waybill"));
        await using ByteSource? other = await store.OpenUnfinishedAsync("a.waybill.b.waybill");
        Assert.Equal(99, other!.Length);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("../a.waybill")]
    [InlineData(".waybill")]
    public void GetPath_OfWhatIsNoBundlesName_IsRefused(string name) =>
        Assert.Equal(WaybillErrorCode.UnsafeName, Assert.Throws<WaybillException>(() => new DirectoryBundleStore(_directory).GetPath(name)).Code);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
