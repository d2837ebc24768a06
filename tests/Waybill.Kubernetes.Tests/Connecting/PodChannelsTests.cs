using FsCheck;
using FsCheck.Fluent;

namespace Waybill.Kubernetes.Tests.Connecting;

/// <summary>Channels are told apart, in whatever pieces their messages come.</summary>
public sealed class PodChannelsTests
{
    [Fact]
    public void Messages_ComeOnTheirChannels_HoweverTheyAreCut() =>
        Prop.ForAll<(byte Channel, byte[] Bytes)[], int>(AssertChannels).QuickCheckThrowOnFailure();

    private static void AssertChannels((byte Channel, byte[] Bytes)[] messages, int seed)
    {
        var random = new Random(seed);
        PodChannels channels = default;
        foreach ((byte channel, byte[]? content) in messages)
        {
            byte[] message = [channel, .. content ?? []];
            var came = new List<byte>();
            int done = 0;
            do
            {
                // Some pieces are empty, and some are one byte: the number of the channel alone, as the first may be.
                int length = Math.Min(random.Next(0, 4), message.Length - done);
                Memory<byte> piece = message.AsMemory(done, length);
                done += length;
                byte said = channels.Take(ref piece, isEnd: done == message.Length);
                Assert.True(piece.IsEmpty || said == channel);
                came.AddRange(piece.Span);
            }
            while (done < message.Length);

            Assert.Equal(content ?? [], came);
        }
    }
}
