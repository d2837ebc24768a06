using Waybill.Bundles.Chains;
using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Merging;

/// <summary>Merges bundles in memory.</summary>
internal static class MergeLab
{
    /// <summary>Merges as a user does.</summary>
    /// <param name="options">How to write.</param>
    /// <param name="bundles">The bundles, newest first.</param>
    public static async Task<byte[]> MergeAsync(BundleWriterOptions options, params byte[][] bundles)
    {
        List<BundleReader> readers = await OpenAsync(bundles);
        try
        {
            options.LeaveOpen = true;
            var output = new MemoryStream();
            await BundleMerger.MergeAsync(readers, output, options);
            return output.ToArray();
        }
        finally
        {
            await CloseAsync(readers);
        }
    }

    /// <summary>
    /// Merges on the level of leaves, where the specification defines it: without asking whether one bundle names the other as its parent, which
    /// it cannot if the other is itself the result of a merge.
    /// </summary>
    public static async Task<byte[]> MergeLeavesAsync(BundleWriterOptions options, params byte[][] bundles)
    {
        List<BundleReader> readers = await OpenAsync(bundles);
        try
        {
            options.LeaveOpen = true;
            var output = new MemoryStream();
            BundleManifest newest = readers[0].Manifest;
            await using BundleWriter writer = await BundleWriter.CreateMergedAsync(output, newest, readers[^1].Manifest.Parent, options, default);
            foreach (StreamInfo stream in newest.Streams)
            {
                List<(BundleReader Bundle, StreamInfo Stream)> levels = [(readers[0], stream)];
                while (levels[^1].Stream.HasParent && levels.Count < readers.Count)
                {
                    BundleReader older = readers[levels.Count];
                    levels.Add((older, older.Manifest.Streams.Single(s => s.Id == stream.Id)));
                }

                await using var view = new ResolvedStream(levels);
                await writer.AddMergedAsync(view, levels[^1].Stream, null, default);
            }

            await writer.CompleteAsync();
            return output.ToArray();
        }
        finally
        {
            await CloseAsync(readers);
        }
    }

    public static async Task<BundleManifest> ManifestOfAsync(byte[] bundle)
    {
        await using BundleReader reader = await BundleReader.OpenAsync(new MemoryByteSource(bundle), TrustPolicy.AcceptUnsigned);
        return reader.Manifest;
    }

    private static async Task<List<BundleReader>> OpenAsync(byte[][] bundles)
    {
        List<BundleReader> readers = [];
        foreach (byte[] bundle in bundles)
        {
            readers.Add(await BundleReader.OpenAsync(new MemoryByteSource(bundle), TrustPolicy.AcceptUnsigned));
        }

        return readers;
    }

    private static async Task CloseAsync(List<BundleReader> readers)
    {
        foreach (BundleReader reader in readers)
        {
            await reader.DisposeAsync();
        }
    }
}
