using System.Security.Cryptography;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Tests.Support;
using Waybill.Vectors;

namespace Waybill.Bundles.Tests.Vectors;

/// <summary>What tests/vectors says of each bundle, the library says too. The ids of the specification stand in the vectors' descriptions.</summary>
public sealed class VectorTests
{
    private const int LargestCompared = 64 * 1024 * 1024;

    public static TheoryData<string> Good() => [.. VectorDocument.Names("v1")];

    public static TheoryData<string> Broken() => [.. VectorDocument.Names("broken")];

    [Theory]
    [MemberData(nameof(Good))]
    public async Task GoodVector_ReadFrontToBack_IsValid(string name)
    {
        VectorDocument vector = VectorDocument.Load("v1", name);

        VerificationReport report = await BundleVerifier.VerifyAsync(new MemoryStream(vector.Bundle), vector.Path, TrustPolicy.AcceptUnsigned, vector.Options);
        AssertValid(report);
        Assert.Equal(OpensAll(vector), report.IsContentVerified);
        Assert.Null(await SignatureVectors.FindProblemAsync(vector));
        int largestPiece = vector.Bundle.Length < 20_000 ? 1 : 9_973;
        AssertValid(await BundleVerifier.VerifyAsync(new PiecewiseStream(vector.Bundle, largestPiece), vector.Path, TrustPolicy.AcceptUnsigned, vector.Options));
    }

    [Theory]
    [MemberData(nameof(Good))]
    public async Task GoodVector_WithItsParents_IsValidAndHoldsWhatItSays(string name)
    {
        VectorDocument vector = VectorDocument.Load("v1", name);
        if (vector.Parents.Length == 0 && vector.Streams.Any(s => s.Sha256 is null && s.VirtualLength <= LargestCompared && Opens(vector, VectorNames.KindOf(s.Kind))))
        {
            await AssertParentMissingAsync(vector);
            return;
        }

        await using BundleChain chain = await vector.OpenAsync();
        VerificationReport report = await BundleVerifier.VerifyAsync(chain, TrustPolicy.AcceptUnsigned);
        AssertValid(report);
        Assert.Equal(OpensAll(vector), report.IsContentVerified);

        Assert.Equal(vector.Streams.Select(s => (s.Kind, s.Name)), chain.Manifest.Streams.Select(s => (VectorNames.KindName(s.Kind), s.Name)));
        foreach ((VectorStream expected, StreamInfo actual) in vector.Streams.Zip(chain.Manifest.Streams))
        {
            Assert.Equal(expected.VirtualLength, actual.VirtualLength);
            Assert.Equal(expected.Root, Convert.ToHexStringLower(actual.Root.ToByteArray()));
            if (!Opens(vector, actual.Kind))
            {
                await AssertScopeMissingAsync(chain, actual);
                continue;
            }

            await using BlockReader content = chain.OpenStream(actual.Kind, actual.Name);
            if (expected.Sha256 is not null)
            {
                byte[] bytes = await Lab.ReadAllAsync(content);
                Assert.Equal(expected.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes)));
                await AssertRangesAsync(content, bytes);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task BrokenVector_IsRefusedForItsFault(string name)
    {
        VectorDocument vector = VectorDocument.Load("broken", name);

        WaybillException? problem = await VerifyAsync(vector) ?? await SignatureVectors.FindProblemAsync(vector);

        string found = problem is null ? "nothing" : $"WB{(int)problem.Code} ({problem.Message})";
        Assert.True(found.StartsWith(vector.Code ?? "nothing", StringComparison.Ordinal), $"Expected {vector.Code ?? "nothing"} {vector.Expect}, found {found}.");
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task BrokenVector_ReadAtRandom_FailsOnlyWithItsOwnErrors(string name)
    {
        VectorDocument vector = VectorDocument.Load("broken", name);
        try
        {
            await using BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(vector.Bundle, vector.Path), TrustPolicy.AcceptUnsigned, vector.Options);
            await using BundleChain chain = await BundleChain.OpenAsync(reader, new MemoryLocator(vector.Parents));
            foreach (StreamInfo stream in chain.Manifest.Streams.Where(s => s.VirtualLength <= LargestCompared))
            {
                await using BlockReader content = chain.OpenStream(stream.Kind, stream.Name);
                await Lab.ReadAllAsync(content);
            }
        }
        catch (WaybillException)
        {
            // A reader that needs a part only does not see every fault; that it sees no more than faults is the point.
        }
    }

    [Theory]
    [MemberData(nameof(Good))]
    [MemberData(nameof(Broken))]
    public async Task Vector_Salvaged_FailsOnlyWithTypedErrors(string name)
    {
        string folder = VectorDocument.Names("v1").Contains(name) ? "v1" : "broken";
        VectorDocument vector = VectorDocument.Load(folder, name);
        try
        {
            await BundleSalvager.ScanAsync(new MemoryByteSource(vector.Bundle, vector.Path), vector.Options);
        }
        catch (WaybillException) when (folder == "broken")
        {
            // Not everything can be salvaged.
        }
    }

    private static bool OpensAll(VectorDocument vector) => vector.Streams.All(s => Opens(vector, VectorNames.KindOf(s.Kind)));

    private static bool Opens(VectorDocument vector, StreamKind kind) =>
        vector.Scopes == KeyScopes.None || ((uint)vector.Scopes & (uint)SealScopes.Of(kind)) != 0;

    private static async Task AssertScopeMissingAsync(BundleChain chain, StreamInfo stream)
    {
        BundleFormatException e = await Assert.ThrowsAsync<BundleFormatException>(async () =>
        {
            await using BlockReader content = chain.OpenStream(stream.Kind, stream.Name);
            await Lab.ReadAllAsync(content);
        });
        Assert.Equal(WaybillErrorCode.ScopeMissing, e.Code);
    }

    private static async Task<WaybillException?> VerifyAsync(VectorDocument vector)
    {
        if (vector.Parents.Length == 0)
        {
            try
            {
                VerificationReport report = await BundleVerifier.VerifyAsync(new MemoryStream(vector.Bundle), vector.Path, TrustPolicy.AcceptUnsigned, vector.Options);
                return report.Problem ?? FindMissingScope(vector, report) ?? await FollowAsync(vector, report);
            }
            catch (BundleFormatException e) when (e.Code == WaybillErrorCode.NoMatchingKey)
            {
                // Nothing is wrong with the bundle, so there is no report on it.
                return e;
            }
        }

        return await FollowAsync(vector, null);
    }

    private static BundleFormatException? FindMissingScope(VectorDocument vector, VerificationReport report) =>
        (vector.Scopes & ~report.Scopes) == KeyScopes.None ? null : new BundleFormatException(WaybillErrorCode.ScopeMissing, $"The keys open {report.Scopes} only");

    /// <summary>Some faults show only where a chain is followed.</summary>
    private static async Task<WaybillException?> FollowAsync(VectorDocument vector, VerificationReport? alone)
    {
        if (alone is not null && !alone.Manifest!.IsIncremental)
        {
            return null;
        }

        try
        {
            await using BundleChain chain = await vector.OpenAsync();
            VerificationReport report = await BundleVerifier.VerifyAsync(chain, TrustPolicy.AcceptUnsigned);
            return report.Problem ?? report.Parents.Select(p => p.Problem).FirstOrDefault(p => p is not null);
        }
        catch (BundleFormatException e)
        {
            return e;
        }
    }

    private static void AssertValid(VerificationReport report)
    {
        Assert.Null(report.Problem);
        Assert.True(report.IsComplete);
        Assert.True(report.IsValid);
    }

    private static async Task AssertParentMissingAsync(VectorDocument vector)
    {
        WaybillException e = await Assert.ThrowsAsync<BundleFormatException>(vector.OpenAsync);
        Assert.Equal(WaybillErrorCode.ParentMissing, e.Code);
    }

    private static async Task AssertRangesAsync(BlockReader content, byte[] bytes)
    {
        var random = new Random(bytes.Length);
        var part = new byte[100_000];
        for (int i = 0; i < 20 && bytes.Length > 0; i++)
        {
            int start = random.Next(bytes.Length);
            int length = Math.Min(i % 2 == 0 ? random.Next(1, 9) : random.Next(1, part.Length), bytes.Length - start);
            Assert.Equal(length, await content.ReadAsync(start, part.AsMemory(0, length)));
            Assert.True(bytes.AsSpan(start, length).SequenceEqual(part.AsSpan(0, length)), $"{length} bytes at {start} differ.");
        }
    }
}
