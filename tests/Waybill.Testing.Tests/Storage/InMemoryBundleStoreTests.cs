using Waybill.Storage;

namespace Waybill.Testing.Tests;

public sealed class InMemoryBundleStoreTests
{
    [Fact]
    public async Task AbandonUploads_LeavesWhatWasWritten_AndCommitFails()
    {
        InMemoryBundleStore store = new();
        StoreUpload upload = await store.CreateAsync("a");
        await upload.Body.WriteAsync(new byte[] { 1, 2, 3 });

        store.AbandonUploads();

        Assert.Equal(WaybillErrorCode.TargetWriteFailed, (await Assert.ThrowsAsync<WaybillException>(async () => await upload.CommitAsync())).Code);
        await upload.DisposeAsync();
        Assert.Equal(["a"], store.Unfinished);
        await using ByteSource? taken = await store.TakeUnfinishedAsync("a");
        Assert.Equal(3, taken!.Length);
        Assert.Empty(store.Unfinished);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".a")]
    [InlineData("A")]
    [InlineData("a/b")]
    public async Task CreateAsync_NameThatIsNone_IsRefused(string name) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await new InMemoryBundleStore().CreateAsync(name));
}
