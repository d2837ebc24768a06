using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Writing;

public sealed class ConcurrentStreamTests
{
    [Fact]
    public async Task AddVolume_FromManyCallersAtOnce_MakesABundleThatVerifies()
    {
        for (int round = 0; round < 20; round++)
        {
            using var output = new MemoryStream();
            var options = new BundleWriterOptions { LeaveOpen = true };
            await using (BundleWriter writer = await BundleWriter.CreateAsync(output, new BundleDescription(new ApplicationIdentity(AppId.New(), "app")), null, options))
            {
                await Parallel.ForAsync(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, token) =>
                    await writer.AddVolumeAsync(new VolumeRequest($"volume{i}", new MemoryBlockReader(Lab.Noise(10_000 + i, i))), cancellationToken: token));
                await writer.CompleteAsync();
            }

            output.Position = 0;
            VerificationReport report = await BundleVerifier.VerifyAsync(output, "bundle", TrustPolicy.AcceptUnsigned);

            Assert.Null(report.Problem);
            Assert.Equal(16, report.Manifest!.Streams.Length);
        }
    }
}
