using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Waybill.Csi.Hosting;

/// <summary>Passes an HTTP/2 connection through and replaces the authority of its requests where the web server would refuse it (<see cref="AuthorityField"/>).</summary>
internal static class AuthorityFilter
{
    private const int BufferSize = 64 * 1024;

    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IDuplexPipe transport = connection.Transport;
        var requests = new Pipe(new PipeOptions(pauseWriterThreshold: BufferSize, resumeWriterThreshold: BufferSize / 2, useSynchronizationContext: false));
        Task pump = PumpAsync(transport.Input, requests.Writer);
        connection.Transport = new Filtered(requests.Reader, transport.Output);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            connection.Transport = transport;
            await requests.Reader.CompleteAsync().ConfigureAwait(false);
            transport.Input.CancelPendingRead();
            await pump.ConfigureAwait(false);
        }
    }

    private static async Task PumpAsync(PipeReader input, PipeWriter output)
    {
        Exception? failure = null;
        try
        {
            var frames = new HeaderFrames();
            while (true)
            {
                ReadResult read = await input.ReadAsync().ConfigureAwait(false);
                if (read.IsCanceled)
                {
                    break;
                }

                SequencePosition consumed = frames.Pass(read.Buffer, output);
                input.AdvanceTo(consumed, read.Buffer.End);
                FlushResult flushed = await output.FlushAsync().ConfigureAwait(false);
                if (flushed.IsCompleted || flushed.IsCanceled || read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception e)
        {
            // The connection broke: the server finds out as it would have without the filter.
            failure = e;
        }

        await output.CompleteAsync(failure).ConfigureAwait(false);
        await input.CompleteAsync().ConfigureAwait(false);
    }

    private sealed class Filtered(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
