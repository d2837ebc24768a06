using System.Text;
using Waybill.Bundles;

namespace Waybill.Cli.Catalogs;

/// <summary>Writes pages.</summary>
internal static class PageFile
{
    /// <summary>Writes a page to a file that must not exist yet.</summary>
    public static async Task WriteAsync(string path, string page, CancellationToken cancellationToken)
    {
        AtomicOutput output = AtomicOutput.Create(path);
        await using (output.ConfigureAwait(false))
        {
            await output.Stream.WriteAsync(Encoding.UTF8.GetBytes(page), cancellationToken).ConfigureAwait(false);
            await output.PublishAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
