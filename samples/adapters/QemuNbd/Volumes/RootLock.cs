using System.Diagnostics;

namespace Waybill.Samples.QemuNbd;

/// <summary>Lets one caller at a time change the layers of volumes or start a server on them, across processes.</summary>
internal sealed class RootLock(string root)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    /// <summary>Takes the lock; disposing what is returned gives it back, as does the end of the process.</summary>
    public async Task<FileStream> TakeAsync(CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(Path.Combine(root, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (DirectoryNotFoundException e)
            {
                throw new ProviderException(WaybillErrorCode.ConfigurationInvalid, NbdFailure.Provider, $"There is no directory '{root}'", e);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(begin) < s_limit)
            {
                await Task.Delay(s_poll, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                throw QemuFailure.Busy($"'{root}' is locked: {e.Message}");
            }
        }
    }
}
