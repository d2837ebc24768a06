namespace Waybill.Bundles.Tests.Keys;

/// <summary>Rights of files on Unix. A test that needs them elsewhere is skipped.</summary>
internal static class Rights
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static void Set(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new SkipException("needs: rights of Unix files");
        }

        File.SetUnixFileMode(path, mode);
    }

    public static UnixFileMode Of(string path) => OperatingSystem.IsWindows() ? throw new SkipException("needs: rights of Unix files") : File.GetUnixFileMode(path);
}
