using System.Text;
using Waybill.Bundles;
using Waybill.Local;

namespace Waybill.Cli.Engines;

/// <summary>Keeps what a copy of a server in backup mode needs besides itself: a directory for each lease, which has the name of the run and so of the bundle.</summary>
internal sealed class PostgresLabels(string directory)
{
    private const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Stores a label so that it is on the disk before the lease ends.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TargetWriteFailed"/>, <see cref="WaybillErrorCode.TargetExists"/>.</exception>
    public async ValueTask StoreAsync(PostgresBackupLabel label, CancellationToken cancellationToken)
    {
        string target = Path.Combine(directory, label.LeaseId);
        if (OperatingSystem.IsLinux())
        {
            Directory.CreateDirectory(target, PrivateMode);
        }

        await WriteAsync("backup_label", label.BackupLabel).ConfigureAwait(false);
        if (label.TablespaceMap.Length > 0)
        {
            await WriteAsync("tablespace_map", label.TablespaceMap).ConfigureAwait(false);
        }

        await WriteAsync("end_position", label.EndPosition + "\n").ConfigureAwait(false);

        async Task WriteAsync(string name, string text)
        {
            AtomicOutput output = AtomicOutput.Create(Path.Combine(target, name));
            await using (output.ConfigureAwait(false))
            {
                await output.Stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
                await output.PublishAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
