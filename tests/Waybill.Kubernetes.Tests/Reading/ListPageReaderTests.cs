using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Waybill.Kubernetes.Tests.Reading;

public sealed class ListPageReaderTests
{
    [Fact]
    public void Items_AreTheirExactBytes_HoweverTheAnswerArrives()
    {
        string[] items = ["{\"metadata\":{\"name\":\"a\"},\"x\":[1,2,{\"y\":null}]}", "{ \"metadata\" : {\"name\":\"b\\u0041\"} }", "{}"];
        byte[] body = Encoding.UTF8.GetBytes("{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"go\"},\"items\":[" + string.Join(" , ", items) + "]}\n");

        Prop.ForAll(Gen.Choose(1, 40).ToArbitrary(), async (int step) =>
        {
            var found = new List<string>();
            var reader = new ListPageReader(item => found.Add(Encoding.UTF8.GetString(item.ToArray())));
            await reader.ReadAsync(new SteppingStream(body, step), CancellationToken.None);
            Assert.Equal(items, found);
            Assert.Equal("go", reader.Continue);
            Assert.Equal("7", reader.ResourceVersion);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Metadata_BehindTheItems_IsReadToo()
    {
        var reader = new ListPageReader(_ => { });

        await reader.ReadAsync(new MemoryStream("{\"items\":null,\"metadata\":{\"continue\":\"x\"}}"u8.ToArray()), CancellationToken.None);

        Assert.Equal("x", reader.Continue);
    }

    [Theory]
    [InlineData("{\"items\":[{\"a\":1}")]
    [InlineData("{\"items\":[{\"a\":1}]")]
    [InlineData("")]
    public async Task AnswerThatWasCut_IsNotTakenForAWholeOne(string body)
    {
        var reader = new ListPageReader(_ => { });

        await Assert.ThrowsAsync<IOException>(() => reader.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(body)), CancellationToken.None));
    }

    [Fact]
    public async Task AnswerThatIsNoJson_IsAnErrorOfTheCluster()
    {
        var reader = new ListPageReader(_ => { });

        WaybillException error = await Assert.ThrowsAnyAsync<WaybillException>(() => reader.ReadAsync(new MemoryStream("<html>"u8.ToArray()), CancellationToken.None));

        Assert.Equal(WaybillErrorCode.ClusterFailed, error.Code);
    }

    private sealed class SteppingStream(byte[] bytes, int step) : MemoryStream(bytes, writable: false)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);
    }
}
