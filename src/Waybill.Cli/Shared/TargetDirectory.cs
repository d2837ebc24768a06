namespace Waybill.Cli.Shared;

/// <summary>Makes the directories that a command writes to.</summary>
internal static class TargetDirectory
{
    /// <summary>Makes a directory and those above it.</summary>
    public static string Make(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            return path;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", $"The directory cannot be made: {error.Message}", error) { ObjectName = path };
        }
    }

    /// <summary>Makes the directory that something will lie in.</summary>
    /// <returns>The path itself.</returns>
    public static string MakeFor(string path)
    {
        Make(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return path;
    }
}
