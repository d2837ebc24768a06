using Waybill.Storage;

namespace Waybill.Testing.Tests;

public sealed class StoreConformanceTests
{
    [Fact]
    public async Task RunAsync_InMemoryStore_Passes_AndNothingIsLeft()
    {
        InMemoryBundleStore store = new();

        ConformanceReport report = await StoreConformance.RunAsync(store);

        report.ThrowIfFailed();
        Assert.All(report.Checks, check => Assert.Equal(ConformanceOutcome.Passed, check.Outcome));
        Assert.Empty(await store.ListAsync().ToArrayAsync());
        Assert.Empty(store.Unfinished);
    }

    [Theory]
    [InlineData(StoreBreach.ContentChanged, "store.round-trip")]
    [InlineData(StoreBreach.VisibleEarly, "store.hidden")]
    [InlineData(StoreBreach.Unordered, "store.list")]
    [InlineData(StoreBreach.ListEndsOnCancel, "store.list-cancelled")]
    [InlineData(StoreBreach.Overwrites, "store.written-once")]
    [InlineData(StoreBreach.MissingIsEmpty, "store.missing")]
    [InlineData(StoreBreach.WrittenIsShort, "store.written")]
    [InlineData(StoreBreach.DisposeCommits, "store.dispose")]
    [InlineData(StoreBreach.UnfinishedBlocks, "store.replace")]
    [InlineData(StoreBreach.UnfinishedIsOther, "store.unfinished")]
    [InlineData(StoreBreach.UnfinishedIsTaken, "store.unfinished")]
    [InlineData(StoreBreach.DiscardOfNothingThrows, "store.discard")]
    [InlineData(StoreBreach.DeleteSaysNothing, "store.delete")]
    [InlineData(StoreBreach.ShortNamesOnly, "store.names")]
    [InlineData(StoreBreach.OneUploadAtATime, "store.concurrent")]
    public async Task RunAsync_BrokenStore_FailsTheCheckThatNamesTheObligation(StoreBreach breach, string check)
    {
        ConformanceReport report = await StoreConformance.RunAsync(new BrokenStore(new InMemoryBundleStore(), breach));

        Assert.True(report.Failures.Any(failure => failure.Id == check), $"{check} did not fail.\n{report}");
    }
}
