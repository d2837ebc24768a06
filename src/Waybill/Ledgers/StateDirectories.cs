namespace Waybill.Engine;

/// <summary>Makes the directories of the engine's records and locks what lies in them, and says in its own errors why that fails.</summary>
internal static class StateDirectories
{
    // What the system says of a file somebody else has locked: EWOULDBLOCK of Linux and of macOS, and the sharing violation of Windows.
    private const int WouldBlock = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);

    /// <summary>Makes a directory, and those above it, unless it is there.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TargetWriteFailed"/>.</exception>
    public static void Make(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(directory, e);
        }
    }

    /// <summary>Locks a file, which is made if it is missing, until it is disposed or the process ends.</summary>
    /// <returns>The file; <see langword="null"/> if another holds it.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TargetWriteFailed"/>.</exception>
    public static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException e) when (e.HResult is WouldBlock or WouldBlockOnMac or SharingViolation)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(path, e);
        }
    }

    /// <summary>Makes the error for a record that cannot be written.</summary>
    public static WaybillException NotWritable(string path, Exception cause) =>
        new(WaybillErrorCode.TargetWriteFailed, $"The engine's records cannot be written: {cause.Message}", cause)
        {
            ObjectName = path,
            Hint = "Look at the rights, the space and the disk of the state directory, or name another one.",
        };
}
