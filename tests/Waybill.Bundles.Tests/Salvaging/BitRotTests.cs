using Waybill.Bundles.Format;
using Waybill.Bundles.Tests.Support;
using Waybill.Tests.Shared;

namespace Waybill.Bundles.Tests.Salvaging;

/// <summary>Random damage: never a wrong byte that is called right, never an exception that is not typed.</summary>
public sealed class BitRotTests
{
    private const int Rounds = 1000;

    [Fact]
    [Spec("T-04")]
    public async Task RandomFlips_AreReportedOrHarmless_AndNothingWrongIsCalledPresent()
    {
        foreach (SalvageSample sample in new[] { await SalvageLab.SmallAsync(), await SalvageLab.SmallIncrementalAsync() })
        {
            await Parallel.ForAsync(0, Rounds, async (round, _) =>
            {
                var random = new Random(round);
                byte[] damaged = (byte[])sample.Bundle.Clone();
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                }

                await CheckAsync(sample, damaged, $"round {round}");
            });
        }
    }

    [Fact]
    public async Task RandomRecordsWithRightChecksums_GiveTypedErrorsOrNothing()
    {
        foreach (SalvageSample sample in new[] { await SalvageLab.SmallAsync(), await SalvageLab.SmallIncrementalAsync() })
        {
            MappedRecord[] records = [.. BundleMap.Of(sample.Bundle).Where(r => r.Header.Type is not (RecordType.Readme or RecordType.Schema))];
            await Parallel.ForAsync(0, Rounds, async (round, stop) =>
            {
                var random = new Random(round);
                byte[] forged = (byte[])sample.Bundle.Clone();
                foreach (MappedRecord record in random.GetItems(records, random.Next(1, 4)))
                {
                    byte[] payload = (byte[])record.Payload.Clone();
                    for (int i = random.Next(1, 5); i > 0; i--)
                    {
                        // The fields at the front decide most.
                        int at = random.Next(random.Next(2) == 0 ? Math.Min(payload.Length, 64) : payload.Length);
                        payload[at] = random.Next(3) == 0 ? (byte)0xFF : (byte)random.Next(256);
                    }

                    BundleMap.Forge(sample.Bundle, record.Header.Type, payload, record.Header.Sequence, record.Start).CopyTo(forged, record.Start);
                }

                SalvageReport report;
                try
                {
                    report = await SalvageLab.ScanAsync(forged);
                }
                catch (BundleFormatException e) when (e.Code == WaybillErrorCode.UnsupportedFeature)
                {
                    return;
                }

                // What a forger wrote is his own; all of it can be listed and read without an end that is not typed.
                foreach (SalvagedStream stream in report.Streams)
                {
                    await using SalvagedContent content = BundleSalvager.OpenStream(report, stream);
                    foreach (SalvageRange range in stream.GetRanges().Where(r => r.State is SalvageState.Verified or SalvageState.Present && r.Range.Length < 1 << 20))
                    {
                        await content.ReadAsync(range.Range.Offset, new byte[range.Range.Length], stop);
                    }
                }
            });
        }
    }

    private static async Task CheckAsync(SalvageSample sample, byte[] damaged, string when)
    {
        VerificationReport verified = await Lab.VerifyAloneAsync(damaged);
        SalvageReport report;
        try
        {
            report = await SalvageLab.ScanAsync(damaged);
        }
        catch (BundleFormatException e) when (e.Code is WaybillErrorCode.UnsupportedFeature or WaybillErrorCode.UnsupportedVersion)
        {
            Assert.Fail($"{when}: a checksum let through what it must not: {e.Message}");
            return;
        }

        if (verified.IsValid && !damaged.AsSpan().SequenceEqual(sample.Bundle))
        {
            Assert.Fail($"{when}: damage was not noticed by verification");
        }

        // Three flips can undo each other; nothing else is harmless, for there is no byte that no checksum or rule covers.
        Assert.Equal(damaged.AsSpan().SequenceEqual(sample.Bundle), report.IsComplete);
        await SalvageLab.MustBeTrueAsync(report, sample.Content, when);
    }
}
