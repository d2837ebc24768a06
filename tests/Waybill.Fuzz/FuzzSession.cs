using Waybill.Bundles;

namespace Waybill.Fuzz;

/// <summary>Feeds mutants to every reader and demands: only typed errors, bounded memory, an end.</summary>
/// <remarks>Memory and computing are those of the process, so nothing else should run in it. How busy the machine is does not matter.</remarks>
/// <param name="seeds">Bundles to start from.</param>
/// <param name="seed">Makes a run repeatable.</param>
/// <param name="keys">What opens encrypted seeds; so mutants reach what stands behind the envelope.</param>
internal sealed class FuzzSession(IReadOnlyList<byte[]> seeds, int seed, IReadOnlyList<BundleKey>? keys = null)
{
    private const long MaxAllocated = 512L * 1024 * 1024;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Random _random = new(seed);
    private readonly BundleReaderOptions _options = new() { Keys = keys ?? [] };

    /// <summary>Gets how many mutants were still valid bundles.</summary>
    public long Valid { get; private set; }

    /// <summary>Tries one mutant.</summary>
    /// <returns>The mutant and what it broke; nothing if all went as it must.</returns>
    public async Task<(byte[] Mutant, string Problem)?> TryOneAsync(CancellationToken cancellationToken)
    {
        byte[] mutant = new BundleMutator(_random).Mutate(seeds[_random.Next(seeds.Count)], seeds[_random.Next(seeds.Count)]);
        await using var limit = new ProcessorLimit(s_limit, cancellationToken);
        long before = GC.GetTotalAllocatedBytes(precise: false);
        try
        {
            await VerifyAsync(mutant, limit.Token).ConfigureAwait(false);
            await ReadRangesAsync(mutant, limit.Token).ConfigureAwait(false);
            await SalvageAsync(mutant, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (mutant, $"took more than {s_limit.TotalSeconds} seconds of the processor");
        }
#pragma warning disable CA1031 // Anything else that comes out is the finding.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            return (mutant, e.ToString());
        }

        long allocated = GC.GetTotalAllocatedBytes(precise: false) - before;
        return allocated > MaxAllocated ? (mutant, $"allocated {allocated} bytes") : null;
    }

    private async Task VerifyAsync(byte[] mutant, CancellationToken cancellationToken)
    {
        try
        {
            VerificationReport report = await BundleVerifier.VerifyAsync(new MemoryStream(mutant), "mutant", TrustPolicy.AcceptUnsigned, _options, cancellationToken: cancellationToken).ConfigureAwait(false);
            Valid += report.IsValid ? 1 : 0;
        }
        catch (BundleFormatException e) when (e.Code == WaybillErrorCode.NoMatchingKey)
        {
            // Nothing is wrong with a bundle for somebody else, so there is no report on it.
        }
    }

    private async Task ReadRangesAsync(byte[] mutant, CancellationToken cancellationToken)
    {
        try
        {
            BundleReader reader = await BundleReader.OpenAsync(new ArraySource(mutant), TrustPolicy.AcceptUnsigned, _options, cancellationToken: cancellationToken).ConfigureAwait(false);
            await using BundleChain chain = await BundleChain.OpenAsync(reader, null, cancellationToken).ConfigureAwait(false);
            foreach (StreamInfo stream in chain.Manifest.Streams.Take(8))
            {
                await using BlockReader content = chain.OpenStream(stream.Kind, stream.Name);
                var range = new byte[10_000];
                for (int i = 0; i < 4; i++)
                {
                    await content.ReadAsync(_random.NextInt64(Math.Max(1, content.Length)), range, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (WaybillException)
        {
            // A typed refusal is what mutants are meant to get.
        }
    }

    private async Task SalvageAsync(byte[] mutant, CancellationToken cancellationToken)
    {
        try
        {
            await BundleSalvager.ScanAsync(new ArraySource(mutant), _options, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (WaybillException)
        {
            // As above.
        }
    }
}
