using Microsoft.Win32.SafeHandles;

namespace Waybill.Bundles;

/// <summary>Asks the kernel, every few megabytes, to begin writing out what was written, so that the flush at the end finds little left to wait for.</summary>
internal sealed class EarlyWriteback(SafeFileHandle file)
{
    private const long Interval = 32 * 1024 * 1024;
    private const uint BeginWriting = 2;

    private long _written;
    private long _begun;

    /// <summary>Notes bytes written anywhere in the file. A hint only: failures are left to the flush, which reports them.</summary>
    public void Wrote(long count)
    {
        long total = Interlocked.Add(ref _written, count);
        long begun = Interlocked.Read(ref _begun);
        if (total - begun >= Interval && Interlocked.CompareExchange(ref _begun, total, begun) == begun && Libc.IsSupported)
        {
            // Length 0 means to the end of the file; only dirty pages cost anything.
            _ = Libc.SyncRange(file, 0, 0, BeginWriting);
        }
    }
}
