using System.Diagnostics;
using Waybill.Bundles;
using Waybill.Catalog;
using Waybill.Catalog.Storage;

namespace Waybill.Benchmarks.Catalogs;

/// <summary>Puts applications of the fleet into a catalog as a scan of their bundles would, but for the bundles.</summary>
internal static class CatalogFill
{
    /// <summary>Adds an application with all its points.</summary>
    /// <returns>How long the names of its files took.</returns>
    public static async Task<TimeSpan> AddAsync(BundleCatalog catalog, int application)
    {
        TimeSpan files = TimeSpan.Zero;
        for (int number = 0; number < Fleet.PointsPerApplication; number++)
        {
            BundleManifest manifest = Fleet.Point(application, number);
            CopyRow copy = Fleet.CopyOf(manifest);
            PointRow point = (await catalog.Database.WriteAsync(session => CatalogWriter.WriteCopyAsync(session, copy, 1, CancellationToken.None), CancellationToken.None))!;
            if (Fleet.HasFiles(number))
            {
                long before = Stopwatch.GetTimestamp();
                FileTreeEntry[] entries = [.. Fleet.Files(application, number)];
                await catalog.Database.WriteAsync(
                    async session =>
                    {
                        await FileWriter.WriteAsync(session, point.Streams[2], manifest.Created, entries, CancellationToken.None);
                        await CatalogWriter.DeepenAsync(session, point.Id, CatalogDepth.Files, CancellationToken.None);
                        return 0;
                    },
                    CancellationToken.None);
                files += Stopwatch.GetElapsedTime(before);
            }
        }

        return files;
    }
}
