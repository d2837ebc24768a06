using System.IO.Pipelines;
using System.Text;

namespace Waybill.Local.Tests.Quiescing;

public sealed class MarkedOutputTests
{
    [Fact]
    public async Task WaitForEnd_IsOverWithTheMark_NotWithThePipe()
    {
        var pipe = new Pipe();
        var output = new MarkedOutput("mark");
        Task reading = output.ReadAsync(pipe.Reader.AsStream(), CancellationToken.None);
        Task first = output.WaitForEndAsync(0);
        Task second = output.WaitForEndAsync(1);

        await WriteAsync("one\n\nma");
        Assert.False(first.IsCompleted);
        await WriteAsync("rk\ntwo");
        await first.WaitAsync(QuiesceMachine.Patience);
        Assert.Equal("one", output.Part(0).ToText());
        Assert.False(second.IsCompleted);
        await WriteAsync("\nmark\nwhoever is left running");
        await second.WaitAsync(QuiesceMachine.Patience);

        Assert.Equal("two", output.Part(1).ToText());
        Assert.False(reading.IsCompleted);
        await pipe.Writer.CompleteAsync();
        await output.WaitForEndAsync(7).WaitAsync(QuiesceMachine.Patience);

        async Task WriteAsync(string text) => await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(text));
    }
}
