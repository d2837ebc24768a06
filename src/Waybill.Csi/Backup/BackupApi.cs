using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Waybill.Backup;
using Waybill.Providers;
using Waybill.Storage;

namespace Waybill.Csi.Backup;

/// <summary>What the backup API serves, to whom, and within which limits.</summary>
/// <param name="Name">The name of the service, such as that of the driver.</param>
/// <param name="Provider">The platform whose snapshots are read and whose volumes are written.</param>
/// <param name="Directory">The names of its objects.</param>
/// <param name="Authority">Who may do what.</param>
/// <param name="Audit">Where calls are recorded.</param>
public sealed record BackupApi(string Name, IVolumeProvider Provider, IBackupDirectory Directory, IBackupAuthority Authority, IBackupAudit Audit)
{
    /// <summary>Gets the version of the service.</summary>
    public string Version { get; init; } = "";

    /// <summary>Gets the store whose bundles are exported and imported; <see langword="null"/> if there is none.</summary>
    public IBundleStore? Store { get; init; }

    /// <summary>Gets whether volumes may be written at all.</summary>
    public bool AllowWrites { get; init; }

    /// <summary>
    /// Gets what removes all that a volume holds that is a tree of files, before it is filled anew; <see langword="null"/> if only volumes that hold nothing are filled. It fails
    /// with <see cref="WaybillErrorCode.ProviderBusy"/> if something uses the volume, and its token ends it.
    /// </summary>
    public Func<VolumeId, CancellationToken, ValueTask>? EmptyTree { get; init; }

    /// <summary>Gets how many calls a caller may have under way.</summary>
    /// <value>The default is 8.</value>
    public int CallsPerCaller { get; init; } = 8;

    /// <summary>Gets how many bytes of content a second a caller is handed or taken from; 0 for as many as it can.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Gets how long a call may wait for the other side.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan IdleLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Gets where is logged why a call failed that should not have; callers learn less. No token is ever logged.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Gets where times come from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
