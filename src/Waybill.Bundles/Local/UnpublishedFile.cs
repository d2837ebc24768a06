using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>A new file under a temporary name beside its place: it appears there whole and durable, or not at all.</summary>
internal sealed class UnpublishedFile : IDisposable
{
    /// <summary>How the temporary name ends, so that leftovers of a crash can be told from anything else.</summary>
    public const string Suffix = ".waybill-partial";

    private const int MaxNameBytes = 255;
    private const int RandomBytes = 6;
    private const uint OwnerMayReadAndWrite = 0x180;

    private static readonly SearchValues<char> s_randomDigits = SearchValues.Create("0123456789abcdef");

    private readonly string _directory;
    private readonly bool _durable;
    private bool _exists;

    private UnpublishedFile(SafeFileHandle file, string directory, string path, string temporaryPath, bool durable)
    {
        _durable = durable;
        File = file;
        _directory = directory;
        Path = path;
        TemporaryPath = temporaryPath;
        _exists = true;
    }

    public SafeFileHandle File { get; }

    /// <summary>Gets the name the file will have.</summary>
    public string Path { get; }

    public string TemporaryPath { get; }

    public bool IsPublished { get; private set; }

    /// <summary>Gets or sets whether the file stays under its temporary name if it is not published.</summary>
    public bool KeepsUnpublished { get; set; }

    /// <param name="path">The name the file will have.</param>
    /// <param name="durable">Whether it is on the disk before it gets its name.</param>
    public static UnpublishedFile Create(string path, bool durable)
    {
        (string full, string directory, string name) = Split(path);

        // Asked early so that nobody waits hours for the answer; what counts is the check when the file is published.
        if (System.IO.Path.Exists(full))
        {
            throw Errno.TargetExists(full);
        }

        string temporary = System.IO.Path.Combine(directory, MakeTemporaryName(name));
        return new UnpublishedFile(OpenNew(temporary, full), directory, full, temporary, durable);
    }

    /// <summary>Finds what earlier attempts at a file left under temporary names, in the order of those names.</summary>
    public static List<string> Find(string path)
    {
        (_, string directory, string name) = Split(path);
        string start = MakeTemporaryStart(name);
        var options = new EnumerationOptions
        {
            MatchType = MatchType.Simple,

            // By default hidden files are skipped, and on Unix a name that begins with a dot, as these do, makes a file hidden.
            AttributesToSkip = FileAttributes.None,

            // By default a directory that may not be listed passes for an empty one.
            IgnoreInaccessible = false,
        };
        try
        {
            return [.. Directory.EnumerateFiles(directory, $"*{Suffix}", options).Where(f => IsTemporaryName(System.IO.Path.GetFileName(f), start)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToSourceError(e, directory);
        }
    }

    /// <summary>Makes the content durable, unless that was declined, and gives the file its name. Whatever has the name already stays as it is.</summary>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.TargetExists"/>, or the file could not be written.</exception>
    public void Publish()
    {
        if (_durable)
        {
            Flush(File, Path);
        }

        int error = Rename();
        if (error != 0)
        {
            throw Errno.ToTargetError(error, Path);
        }

        _exists = false;
        IsPublished = true;
        if (_durable)
        {
            SyncDirectory();
        }
    }

    public static void Flush(SafeFileHandle file, string path)
    {
        try
        {
            RandomAccess.FlushToDisk(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToTargetError(e, path);
        }
    }

    /// <summary>Closes the file, and removes it unless it was published.</summary>
    public void Dispose()
    {
        File.Dispose();
        if (!_exists || KeepsUnpublished)
        {
            return;
        }

        _exists = false;
        try
        {
            System.IO.File.Delete(TemporaryPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever disposes an unpublished file has a better error in hand; the name tells what the leftover is.
        }
    }

    private static (string Full, string Directory, string Name) Split(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = System.IO.Path.GetFullPath(path);
        string name = System.IO.Path.GetFileName(full);
        return name.Length > 0 && System.IO.Path.GetDirectoryName(full) is { } directory
            ? (full, directory, name)
            : throw new ArgumentException("The name of a directory is not the name of a file.", nameof(path));
    }

    private static string MakeTemporaryName(string name) =>
        $"{MakeTemporaryStart(name)}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes))}{Suffix}";

    private static string MakeTemporaryStart(string name)
    {
        int room = MaxNameBytes - 2 - (2 * RandomBytes) - Suffix.Length;
        while (Encoding.UTF8.GetByteCount(name) > room)
        {
            name = name[..^(name.Length > 1 && char.IsLowSurrogate(name[^1]) ? 2 : 1)];
        }

        return $".{name}.";
    }

    // What stands between is looked at too: the start alone is also that of the temporary names of a longer name.
    private static bool IsTemporaryName(string name, string start) =>
        name.Length == start.Length + (2 * RandomBytes) + Suffix.Length
        && name.StartsWith(start, StringComparison.Ordinal)
        && name.EndsWith(Suffix, StringComparison.Ordinal)
        && name.AsSpan(start.Length, 2 * RandomBytes).IndexOfAnyExcept(s_randomDigits) < 0;

    private static SafeFileHandle OpenNew(string temporary, string path)
    {
        if (Libc.IsSupported)
        {
            // Only the owner may read it: what goes into a bundle or a restored volume was not for everybody's eyes where it came from.
            SafeFileHandle file = Libc.Open(temporary, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive, OwnerMayReadAndWrite);
            return file.IsInvalid ? throw Errno.ToTargetError(Errno.Last, path) : file;
        }

        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            // Only a stream takes the rights of a new file, and only a handle can be kept.
            new FileStream(temporary, options).Dispose();
            return System.IO.File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToTargetError(e, path);
        }
    }

    private int Rename()
    {
        if (!Libc.IsSupported)
        {
            return MoveByBaseLibrary();
        }

        int error = RenameWithoutReplacing();
        if (error is not (Errno.NotImplemented or Errno.Invalid))
        {
            return error;
        }

        // No such call, or not on this file system: a second name also refuses to replace anything.
        if (Libc.Link(TemporaryPath, Path) == 0)
        {
            System.IO.File.Delete(TemporaryPath);
            return 0;
        }

        error = Errno.Last;
        return error is Errno.NotPermitted or Errno.NotSupported or Errno.NotImplemented ? MoveByBaseLibrary() : error;
    }

    private int RenameWithoutReplacing()
    {
        try
        {
            return Libc.Rename(Libc.AtCurrentDirectory, TemporaryPath, Libc.AtCurrentDirectory, Path, Libc.RenameNoReplace) == 0 ? 0 : Errno.Last;
        }
        catch (EntryPointNotFoundException)
        {
            return Errno.NotImplemented;
        }
    }

    // On a file system with neither call there is a moment between looking and renaming; nothing better exists there.
    private int MoveByBaseLibrary()
    {
        try
        {
            System.IO.File.Move(TemporaryPath, Path, overwrite: false);
            return 0;
        }
        catch (IOException) when (System.IO.Path.Exists(Path))
        {
            return Errno.Exists;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errno.ToTargetError(e, Path);
        }
    }

    private void SyncDirectory()
    {
        if (!Libc.IsSupported)
        {
            return;
        }

        using SafeFileHandle directory = Libc.Open(_directory, Libc.OpenReadOnly | Libc.OpenDirectory);
        if (directory.IsInvalid || Libc.Sync(directory) != 0)
        {
            int error = Errno.Last;

            // The file has its name and its content is durable. Some file systems cannot flush a directory and say so; anything else is a failure.
            if (error is not (Errno.Invalid or Errno.NotSupported or Errno.AccessDenied))
            {
                throw Errno.ToTargetError(error, Path);
            }
        }
    }
}
