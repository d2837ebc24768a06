namespace Waybill.Local;

/// <summary>
/// Freezes file systems of this host: everything is written, and writers wait until the thaw. Needs Linux, <c>CAP_SYS_ADMIN</c> and the program <c>fsfreeze</c>.
/// A process that writes to a frozen file system waits and cannot be killed, this one included.
/// </summary>
public sealed class FileSystemQuiescer : IQuiescer
{
    private readonly FileSystemQuiescerOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Makes a quiescer.</summary>
    /// <param name="options">What it freezes.</param>
    /// <param name="time">The clock; the system's if null.</param>
    public FileSystemQuiescer(FileSystemQuiescerOptions options, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        QuiescerArguments.Check(options.Name, !options.MountPoints.IsDefaultOrEmpty, "It has no mount points.");
        foreach (string path in options.MountPoints)
        {
            QuiescerArguments.Check(options.Name, Path.IsPathRooted(path) && !path.Contains('\0', StringComparison.Ordinal), $"{path} is not an absolute path.");
        }

        _options = options;
        _time = time ?? TimeProvider.System;
    }

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public async ValueTask<QuiesceLease> QuiesceAsync(QuiesceRequest request, CancellationToken cancellationToken = default)
    {
        QuiescerArguments.Check(request);
        QuiescerArguments.RequireLinux(Name);
        return new FileSystemLease(
            await FileSystemFreeze.HoldAsync(Name, _options.MountPoints, request.Deadline, _time, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Thaws all its mount points, whoever froze them.</summary>
    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(string leaseId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(leaseId);
        QuiescerArguments.RequireLinux(Name);
        await Task.Run(() => FileSystemFreeze.Release(Name, _options.MountPoints), cancellationToken).ConfigureAwait(false);
    }
}
