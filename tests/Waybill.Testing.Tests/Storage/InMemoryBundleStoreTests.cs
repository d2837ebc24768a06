using Waybill.Storage;

namespace Waybill.Testing.Tests;

public sealed class InMemoryBundleStoreTests
{
    [Fact]
    public async Task AbandonUploads_LeavesWhatWasWritten_AndCommitFails()
    {
        InMemoryBundleStore store = new();
        StoreUpload upload = await store.CreateAsync("a.waybill");
        await upload.Body.WriteAsync(new byte[] { 1, 2, 3 });

        store.AbandonUploads();

        Assert.Equal(WaybillErrorCode.TargetWriteFailed, (await Assert.ThrowsAsync<WaybillException>(async () => await upload.CommitAsync())).Code);
        await upload.DisposeAsync();
        Assert.Equal(["a.waybill"], store.Unfinished);
        await using ByteSource? left = await store.OpenUnfinishedAsync("a.waybill");
        Assert.Equal(3, left!.Length);
        await store.DiscardUnfinishedAsync("a.waybill");
        Assert.Empty(store.Unfinished);
    }

    [Fact]
    public async Task OpenUnfinishedAsync_AfterSeveralUploads_OpensTheLongest()
    {
        InMemoryBundleStore store = new();
        foreach (int length in (int[])[2, 7, 5])
        {
            StoreUpload upload = await store.CreateAsync("a.waybill");
            await upload.Body.WriteAsync(new byte[length]);
        }

        store.AbandonUploads();

        await using ByteSource? left = await store.OpenUnfinishedAsync("a.waybill");
        Assert.Equal(7, left!.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData(".a.waybill")]
    [InlineData(".waybill")]
    [InlineData("A.waybill")]
    [InlineData("a/b.waybill")]
    public async Task CreateAsync_NameThatIsNone_IsRefused(string name) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await new InMemoryBundleStore().CreateAsync(name));
}
