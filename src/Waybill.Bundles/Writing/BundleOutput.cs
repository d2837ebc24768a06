using System.IO.Pipelines;

namespace Waybill.Bundles.Writing;

/// <summary>Where the bytes of a bundle go: forward only, to a stream or a pipe.</summary>
internal abstract class BundleOutput
{
    private const int ErrnoNoSpace = 28;
    private const int ErrnoQuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await WriteCoreAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Translate(e);
        }
    }

    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CompleteCoreAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw Translate(e);
        }
    }

    /// <summary>Tells the other side that no complete bundle will come. Never throws.</summary>
    public abstract ValueTask AbortAsync(Exception? cause);

    public static BundleOutput To(Stream stream, bool leaveOpen) => new StreamOutput(stream, leaveOpen);

    public static BundleOutput To(PipeWriter pipe) => new PipeOutput(pipe);

    protected abstract ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    protected abstract ValueTask CompleteCoreAsync(CancellationToken cancellationToken);

    private static async ValueTask IgnoreFailureAsync(ValueTask abort)
    {
        try
        {
            await abort.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The failure that led to the abort is the one to report, and disposal does not throw.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private static WaybillException Translate(IOException e) => e.HResult is ErrnoNoSpace or ErrnoQuotaExceeded or WindowsDiskFull
        ? new WaybillException(WaybillErrorCode.NoSpace, "There is no space left for the bundle", e) { Hint = "Free some space and make the backup again; nothing was published." }
        : new WaybillException(WaybillErrorCode.TargetWriteFailed, $"The bundle could not be written: {e.Message}", e) { Hint = "Nothing was published." };

    private sealed class StreamOutput(Stream stream, bool leaveOpen) : BundleOutput
    {
        public override async ValueTask AbortAsync(Exception? cause)
        {
            if (leaveOpen)
            {
                return;
            }

            await IgnoreFailureAsync(stream.DisposeAsync()).ConfigureAwait(false);
        }

        protected override ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
            stream.WriteAsync(bytes, cancellationToken);

        protected override async ValueTask CompleteCoreAsync(CancellationToken cancellationToken)
        {
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (!leaveOpen)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private sealed class PipeOutput(PipeWriter pipe) : BundleOutput
    {
        public override ValueTask AbortAsync(Exception? cause) =>
            IgnoreFailureAsync(pipe.CompleteAsync(cause ?? new OperationCanceledException("The bundle was not completed.")));

        protected override async ValueTask WriteCoreAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            FlushResult result = await pipe.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            if (result.IsCompleted)
            {
                throw new IOException("whoever read the bundle has left");
            }

            if (result.IsCanceled)
            {
                throw new OperationCanceledException("The pipe's flush was cancelled.");
            }
        }

        protected override ValueTask CompleteCoreAsync(CancellationToken cancellationToken) => pipe.CompleteAsync();
    }
}
