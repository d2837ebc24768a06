using System.Buffers;

namespace Waybill.Kubernetes.Tests.Reading;

public sealed class ResourceSpoolTests
{
    [Fact]
    public void Add_KeepsBytes_WithWhatIsPutBehindTheFirst()
    {
        using var spool = new ResourceSpool();

        ReadOnlyMemory<byte> first = spool.Add(new ReadOnlySequence<byte>("{\"a\":1}"u8.ToArray()), "\"k\":2,"u8);
        ReadOnlyMemory<byte> second = spool.Add(new ReadOnlySequence<byte>("{}"u8.ToArray()), default);

        Assert.True(first.Span.SequenceEqual("{\"k\":2,\"a\":1}"u8));
        Assert.True(second.Span.SequenceEqual("{}"u8));
        Assert.Equal(first.Length + second.Length, spool.Length);
    }

    [Fact]
    public void Reset_ForgetsWhatCameBehindTheMark_AcrossFiles()
    {
        using var spool = new ResourceSpool();
        byte[] large = new byte[(ResourceSpool.SegmentSize / 2) + 1];
        ReadOnlyMemory<byte> kept = spool.Add(new ReadOnlySequence<byte>("kept"u8.ToArray()), default);
        SpoolMark mark = spool.Mark();
        spool.Add(new ReadOnlySequence<byte>(large), default);
        spool.Add(new ReadOnlySequence<byte>(large), default);

        spool.Reset(mark);
        ReadOnlyMemory<byte> next = spool.Add(new ReadOnlySequence<byte>("next"u8.ToArray()), default);

        Assert.Equal(8, spool.Length);
        Assert.True(kept.Span.SequenceEqual("kept"u8));
        Assert.True(next.Span.SequenceEqual("next"u8));
    }

    [Fact]
    public void Content_AfterDisposal_IsNotThere()
    {
        var spool = new ResourceSpool();
        ReadOnlyMemory<byte> bytes = spool.Add(new ReadOnlySequence<byte>("secret"u8.ToArray()), default);

        spool.Dispose();

        Assert.Throws<ObjectDisposedException>(() => bytes.Span.Length);
    }
}
