using System.Globalization;
using System.Text;
using Waybill.Bundles;

namespace Waybill.Cli.Restore;

/// <summary>
/// Writes definitions as files, one for each object, byte for byte. Their names sort in the order in which the objects can be created again.
/// The directory appears when it is complete; Secrets can be read by their owner only.
/// </summary>
internal sealed class ResourceFiles
{
    private const int MaxNameLength = 200;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode ForAll = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode OwnerDirectory = OwnerOnly | UnixFileMode.UserExecute;

    private readonly BundleReader _bundle;
    private readonly string _directory;

    public ResourceFiles(BundleReader bundle, string directory)
    {
        _bundle = bundle;
        _directory = directory;
    }

    /// <summary>Writes all objects.</summary>
    /// <returns>How many objects were written, and their bytes.</returns>
    public async Task<(long Objects, long Bytes)> WriteAsync(CancellationToken cancellationToken)
    {
        string unfinished = $"{_directory}.{Path.GetRandomFileName()}.waybill-partial";
        try
        {
            CreateDirectory(unfinished);
            long objects = 0;
            long bytes = 0;
            foreach (bool secrets in _bundle.Scopes == KeyScopes.All ? new[] { false, true } : [false])
            {
                await foreach (ResourceObject resource in _bundle.ReadResourcesAsync(secrets, cancellationToken).ConfigureAwait(false))
                {
                    await WriteFileAsync(Path.Combine(unfinished, FileNameOf(resource)), resource, cancellationToken).ConfigureAwait(false);
                    objects++;
                    bytes += resource.Content.Length;
                }
            }

            Directory.Move(unfinished, _directory);
            return (objects, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", $"The definitions cannot be written: {error.Message}", error) { ObjectName = _directory };
        }
        finally
        {
            if (Directory.Exists(unfinished))
            {
                Directory.Delete(unfinished, recursive: true);
            }
        }
    }

    /// <summary>Gets a name that is safe whatever the object is called: <c>0007-Deployment-shop-web.yaml</c>.</summary>
    public static string FileNameOf(ResourceObject resource)
    {
        string extension = resource.MediaType == "application/json" ? ".json" : ".yaml";
        string words = string.Join('-', new[] { resource.Kind, resource.Namespace, resource.Name }.Where(word => word.Length > 0));
        var name = new StringBuilder(resource.Ordinal.ToString("D4", CultureInfo.InvariantCulture)).Append('-');
        foreach (char c in words)
        {
            name.Append(char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' ? c : '_');
        }

        return (name.Length > MaxNameLength ? name.ToString(0, MaxNameLength) : name.ToString()) + extension;
    }

    private static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerDirectory);
        }
    }

    internal static async Task WriteFileAsync(string path, ResourceObject resource, CancellationToken cancellationToken)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = resource.IsSecret ? OwnerOnly : ForAll;
        }

        var file = new FileStream(path, options);
        await using (file.ConfigureAwait(false))
        {
            await file.WriteAsync(resource.Content, cancellationToken).ConfigureAwait(false);
        }
    }
}
