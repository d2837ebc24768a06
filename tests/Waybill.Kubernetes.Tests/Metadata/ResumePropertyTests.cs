using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;
using Waybill.Kubernetes.Wire;

namespace Waybill.Kubernetes.Tests.Metadata;

/// <summary>Any list, in messages of any size, asked for from any offset on, broken anywhere in any way: what comes is the list, and nothing twice.</summary>
public sealed class ResumePropertyTests
{
    private enum Ending
    {
        Complete,
        Status,
        Reset,
    }

    /// <param name="Messages">How many messages come before the end.</param>
    /// <param name="Size">How many ranges a message has.</param>
    /// <param name="Ending">How the stream ends.</param>
    /// <param name="ReachesBack">How many bytes the first range goes back behind the starting offset where it can.</param>
    private sealed record Stream(int Messages, int Size, Ending Ending, int ReachesBack);

    /// <param name="Blocks">The blocks, by their numbers.</param>
    /// <param name="BlockSize">The size of a block.</param>
    /// <param name="IsFixed">Whether the list has one range for each block.</param>
    /// <param name="Length">The size of the snapshot.</param>
    /// <param name="Start">Where the list is asked for from.</param>
    /// <param name="Streams">What becomes of the calls, one after the other; those behind the last are complete.</param>
    private sealed record Case(int[] Blocks, int BlockSize, bool IsFixed, long Length, long Start, Stream[] Streams)
    {
        private const long Grid = 1 << 20;

        /// <summary>Gets the list as a driver has it: ascending, disjoint, and as long as blocks are fixed perhaps longer than the snapshot.</summary>
        public IReadOnlyList<ByteRange> Ranges
        {
            get
            {
                List<ByteRange> all = [.. Blocks.Distinct().Order().Select(block => new ByteRange(block * (long)BlockSize, BlockSize)).Where(range => range.Offset < Length)];
                return IsFixed ? all : [.. Join(all.Select(range => range.Intersect(new ByteRange(0, Length))))];
            }
        }

        /// <summary>Gets what a caller must be told, joined.</summary>
        public IReadOnlyList<ByteRange> Expected => [.. Join(Ranges.Select(range => range.Intersect(ByteRange.FromBounds(Math.Min(Start, Length), Length))).Where(range => !range.IsEmpty))];

        /// <summary>Gets what a server says to a call from an offset on.</summary>
        public RawAnswer Answer(long start, int call)
        {
            Stream stream = call < Streams.Length ? Streams[call] : new Stream(int.MaxValue, 3, Ending.Complete, 0);
            IEnumerable<(long, long)> left = Ranges.Where(range => range.End > start).Select((range, i) => Cut(range, i == 0 ? start - stream.ReachesBack : 0)).Select(range => (range.Offset, range.Length));
            IEnumerable<GetMetadataAllocatedResponse> all = left.Chunk(stream.Size)
                .Select(chunk => RawMetadataServer.Part(Length, IsFixed ? BlockMetadataType.FixedLength : BlockMetadataType.VariableLength, chunk));
            return new RawAnswer(all.Take(stream.Ending == Ending.Complete ? int.MaxValue : stream.Messages))
            {
                Status = stream.Ending == Ending.Status ? (int)StatusCode.Unavailable : 0, CutWhen = stream.Ending == Ending.Reset ? Task.CompletedTask : null,
            };
        }

        public static IEnumerable<ByteRange> Join(IEnumerable<ByteRange> ranges)
        {
            ByteRange? open = null;
            foreach (ByteRange range in ranges)
            {
                if (open is { } before && before.End != range.Offset)
                {
                    yield return before;
                    open = null;
                }

                open = open is { } joined ? ByteRange.FromBounds(joined.Offset, range.End) : range;
            }

            if (open is { } last)
            {
                yield return last;
            }
        }

        public override string ToString() =>
            $"blocks [{string.Join(' ', Blocks)}] of {BlockSize}, {(IsFixed ? "fixed" : "variable")}, {Length} bytes from {Start} (asked from {Start - (Start % Grid)}), streams [{string.Join(' ', (object[])Streams)}]";

        // A server may begin its first range anywhere not behind the starting offset.
        private ByteRange Cut(ByteRange range, long from) => IsFixed || from <= range.Offset ? range : ByteRange.FromBounds(Math.Max(from, range.Offset), range.End);
    }

    private static Gen<Stream> Streams =>
        from messages in Gen.Choose(0, 4)
        from size in Gen.Choose(1, 5)
        from ending in Gen.Frequency((1, Gen.Constant(Ending.Complete)), (4, Gen.Constant(Ending.Status)), (3, Gen.Constant(Ending.Reset)))
        from back in Gen.Elements(0, 1, 700, 5000)
        select new Stream(messages, size, ending, back);

    private static Gen<Case> Cases =>
        from blockSize in Gen.Elements(1, 512, 4096, 70_000, 1 << 20)
        from count in Gen.Choose(1, 60)
        from blocks in Gen.ListOf(Gen.Choose(0, count), 12)
        from isFixed in Gen.Elements(true, false)
        from tail in Gen.Choose(0, blockSize - 1)
        from start in Gen.Choose(0, count * blockSize)
        from fromTheBeginning in Gen.Elements(true, false)
        from streams in Gen.ListOf(Streams, 6)
        select new Case([.. blocks], blockSize, isFixed, (count * (long)blockSize) + tail, fromTheBeginning ? 0 : start, [.. streams]);

    [Fact]
    public async Task ListThatBreaksAnywhere_IsTheWholeList()
    {
        Case current = null!;
        int calls = 0;
        await using RawMetadataServer server = await RawMetadataServer.StartAsync(asked => current.Answer(asked.Start, calls++));
        using SnapshotMetadataClient client = server.Connect();

        // FsCheck calls properties synchronously; a thread of the pool may block without holding up the other tests.
        await Task.Run(() => Prop.ForAll(Cases.ToArbitrary(), one =>
        {
            (current, calls) = (one, 0);
            List<ByteRange> ranges = client.ListChangedAsync("shop", new ChangeId("base"), "monday", one.Length, one.Start).ToListAsync().AsTask().GetAwaiter().GetResult();

            Assert.All(ranges.Zip(ranges.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Offset, "ranges overlap"));
            Assert.Equal(one.Expected, Case.Join(ranges));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300)));
    }
}
