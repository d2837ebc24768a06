using System.IO.Pipelines;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Reading;

/// <summary>Reading front to back shows the same as reading at any place, in whatever pieces the bytes arrive.</summary>
public sealed class StreamReaderPropertyTests
{
    [Fact, Spec("I-09"), Spec("M-03"), Spec("M-17")]
    public Task FrontToBack_ParentsFirst_GivesTheVolume() => Properties.CheckAsync(HistoryGenerator.Histories(4), 60, async history =>
    {
        RecordedHistory recorded = await RecordedHistory.PlayAsync(history);
        byte[] volume = [];
        foreach ((int point, RecordedPoint recordedPoint) in recorded.Points.Index())
        {
            volume = await ApplyAsync(volume, new MemoryStream(recordedPoint.Bundle));
            Lab.AssertSame(recordedPoint.Volume, volume, $"point {point}");
        }
    });

    [Fact, Spec("F-02"), Spec("M-15")]
    public Task FrontToBack_AnySegmentation_GivesTheSameItems() => Properties.CheckAsync(HistoryGenerator.Histories(2), 30, async history =>
    {
        RecordedHistory recorded = await RecordedHistory.PlayAsync(history);
        byte[] bundle = recorded.Points[^1].Bundle;
        List<string> expected = await ListAsync(new BundleStreamReader(new MemoryStream(bundle), TrustPolicy.AcceptUnsigned));

        Assert.Equal(expected, await ListAsync(new BundleStreamReader(SegmentedStream.OneByteAtATime(bundle), TrustPolicy.AcceptUnsigned)));
        Assert.Equal(expected, await ListAsync(new BundleStreamReader(SegmentedStream.Random(bundle, bundle.Length), TrustPolicy.AcceptUnsigned)));
        Assert.Equal(expected, await ListFromPipeAsync(bundle));
        VerificationReport report = await BundleVerifier.VerifyAsync(SegmentedStream.OneByteAtATime(bundle), "in pieces", TrustPolicy.AcceptUnsigned);
        Assert.Null(report.Problem);
        Assert.True(report.IsValid);
    });

    private static async Task<byte[]> ApplyAsync(byte[] before, Stream input)
    {
        var volume = new MemoryStream();
        await using var reader = new BundleStreamReader(input, TrustPolicy.AcceptUnsigned);
        while (await reader.ReadAsync() is { } item)
        {
            if (item is not BundleItem.Content content)
            {
                continue;
            }

            Assert.Equal(volume.Length, content.Range.Offset);
            switch (content.State)
            {
                case ContentState.Data:
                    Assert.Equal(content.Range.Length, content.Data.Length);
                    volume.Write(content.Data.Span);
                    break;
                case ContentState.Zero:
                    volume.SetLength(content.Range.End);
                    volume.Position = content.Range.End;
                    break;
                default:
                    volume.Write(before, (int)content.Range.Offset, (int)content.Range.Length);
                    break;
            }
        }

        return volume.ToArray();
    }

    private static async Task<List<string>> ListAsync(BundleStreamReader reader)
    {
        List<string> items = [];
        await using (reader)
        {
            while (await reader.ReadAsync() is { } item)
            {
                items.Add(item switch
                {
                    BundleItem.Content content => $"{content.Stream.Name} {content.State} {content.Range} {Digest.Of(content.Data.Span)}",
                    BundleItem.StreamEnded ended => $"end {ended.Stream.Root}",
                    BundleItem.ManifestReached reached => $"manifest {reached.Manifest.Digest}",
                    _ => item.GetType().Name,
                });
            }

            Assert.Null(await reader.ReadAsync());
        }

        return items;
    }

    private static async Task<List<string>> ListFromPipeAsync(byte[] bundle)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 8192, resumeWriterThreshold: 4096));
        Task writing = WriteAsync(pipe.Writer, bundle);
        List<string> items = await ListAsync(new BundleStreamReader(pipe.Reader, TrustPolicy.AcceptUnsigned));
        await writing;
        return items;
    }

    private static async Task WriteAsync(PipeWriter writer, byte[] bundle)
    {
        var random = new Random(bundle.Length);
        for (int position = 0; position < bundle.Length;)
        {
            int length = Math.Min(bundle.Length - position, random.Next(1, 20_000));
            await writer.WriteAsync(bundle.AsMemory(position, length));
            position += length;
        }

        await writer.CompleteAsync();
    }
}
