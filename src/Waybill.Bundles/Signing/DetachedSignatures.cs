using System.Buffers;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>
/// Signed statements in a text file beside a bundle (specification section 16.1): one DSSE envelope in JSON on each line. They count as much as those in the
/// bundle, and no more.
/// </summary>
public static class DetachedSignatures
{
    /// <summary>What is appended to the name of a bundle by custom.</summary>
    public const string FileExtension = ".sig";

    /// <summary>Reads the statements of a file.</summary>
    /// <param name="input">UTF-8 text; read to its end, not disposed. At most 64 lines of at most 1 MiB each; lines without text are passed over.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The statements in their order. Nothing of them has been verified.</returns>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.EncodingInvalid"/> (WB1201): a line is no DSSE envelope, names a property twice, or holds
    /// something that is not base64. <see cref="WaybillErrorCode.LimitExceeded"/> (WB1104): too many or too long lines, signatures or certificates. The offset is that of the line.</exception>
    public static async Task<IReadOnlyList<SignedStatement>> ReadAsync(Stream input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        var reader = new StatementLines();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            int read;
            while ((read = await input.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                reader.Append(buffer.AsSpan(0, read));
            }

            return reader.Complete();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes statements, one line each, as other DSSE tools read them.</summary>
    /// <param name="output">Receives UTF-8 text; not disposed.</param>
    /// <param name="statements">At most 64.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>A task that ends when all is written.</returns>
    /// <exception cref="BundleFormatException"><see cref="WaybillErrorCode.LimitExceeded"/> (WB1104): a reader would refuse them. Nothing has been written then.</exception>
    public static async Task WriteAsync(Stream output, IEnumerable<SignedStatement> statements, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(statements);
        List<ReadOnlyMemory<byte>> lines = [];
        foreach (SignedStatement statement in statements)
        {
            lines.Add(DsseJson.Write(statement));
            if (lines.Count > SignatureLimits.MaxLines)
            {
                throw SignatureLimits.Exceeded("There are more than 64 statements", null);
            }
        }

        foreach (ReadOnlyMemory<byte> line in lines)
        {
            await output.WriteAsync(line, cancellationToken).ConfigureAwait(false);
            await output.WriteAsync("\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
        }
    }
}
