using System.Buffers.Binary;
using Google.Protobuf;
using Waybill.Bundles.Format;
using Waybill.Bundles.Keys;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Sealing;

/// <summary>Numbers of an encrypted bundle that its reader does not follow beyond their limits.</summary>
public sealed class EnvelopeLimitTests
{
    [Theory]
    [InlineData(599_999u)]
    [InlineData(10_000_001u)]
    [Spec("E-09")]
    public async Task Rounds_OutsideTheirBounds_ExceedALimit_OnlyForWhoGivesAPassphrase(uint rounds)
    {
        var body = new byte[84];
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(32), rounds);
        byte[] payload = Envelope(new Wire.Recipient { Type = (uint)RecipientType.Pbkdf2, Scopes = 7, Body = ByteString.CopyFrom(body) }, out BundleId id);
        using var passphrase = new PassphraseBundleKey("correct horse");

        Assert.Equal(WaybillErrorCode.LimitExceeded, (await Assert.ThrowsAsync<BundleFormatException>(() => OpenAsync(payload, id, passphrase))).Code);
        Assert.Equal(WaybillErrorCode.NoMatchingKey, (await Assert.ThrowsAsync<BundleFormatException>(() => OpenAsync(payload, id, SealLab.FullKey))).Code);
    }

    [Fact]
    [Spec("E-09")]
    public async Task BodyOfAnotherLength_DoesNotOpen_WhateverStandsWhereRoundsWouldBe()
    {
        var body = new byte[85];
        body.AsSpan(32).Fill(0xFF);
        byte[] payload = Envelope(new Wire.Recipient { Type = (uint)RecipientType.Pbkdf2, Scopes = 7, Body = ByteString.CopyFrom(body) }, out BundleId id);
        using var passphrase = new PassphraseBundleKey("correct horse");

        Assert.Equal(WaybillErrorCode.NoMatchingKey, (await Assert.ThrowsAsync<BundleFormatException>(() => OpenAsync(payload, id, passphrase))).Code);
    }

    [Fact]
    [Spec("E-13")]
    public void Runs_InLayout_AreAtMost4096()
    {
        RunTable.Read(Layout(4096), encrypted: true, 0);

        Assert.Equal(WaybillErrorCode.LimitExceeded, Assert.Throws<BundleFormatException>(() => RunTable.Read(Layout(4097), encrypted: true, 0)).Code);
        Assert.Equal(WaybillErrorCode.ManifestInvalid, Assert.Throws<BundleFormatException>(() => RunTable.Read(Layout(0), encrypted: true, 0)).Code);
    }

    [Fact]
    [Spec("E-13")]
    public void Runs_SeenFromTheFront_AreAtMost4096()
    {
        var tracker = new RunTracker();
        for (int run = 0; run < 4096; run++)
        {
            tracker.Add(2 * run, (UInt128)run, 0);
            tracker.Add((2 * run) + 1, (UInt128)run, 0);
        }

        Assert.Equal(WaybillErrorCode.LimitExceeded, Assert.Throws<BundleFormatException>(() => tracker.Add(8192, 4096, 0)).Code);
    }

    private static byte[] Layout(int runs) =>
        new Wire.Layout { Runs = { RunTable.ToWire(Enumerable.Range(0, runs).Select(i => ((long)i, (UInt128)i))) } }.ToByteArray();

    private static async Task OpenAsync(byte[] payload, BundleId id, BundleKey key) =>
        (await EnvelopeOpener.OpenAsync(payload, id, [key], 0, CancellationToken.None)).Dispose();

    private static byte[] Envelope(Wire.Recipient recipient, out BundleId id)
    {
        id = BundleId.New();
        using var keys = BundleKeys.FromFileKey(id, SealSuite.AesGcm, Lab.Noise(32, 1));
        var envelope = new Wire.Envelope
        {
            Suite = (uint)keys.Suite,
            BundleId = id.ToWire(),
            HeadDigest = Digest.Of([]).ToWire(),
            MetaCommitment = keys.Commitment(SealScope.Meta).ToWire(),
            DataCommitment = keys.Commitment(SealScope.Data).ToWire(),
            SecretCommitment = keys.Commitment(SealScope.Secret).ToWire(),
            Recipients = { recipient },
        };
        return EnvelopePayload.Write(envelope, keys);
    }
}
