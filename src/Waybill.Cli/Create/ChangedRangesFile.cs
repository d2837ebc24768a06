using System.Globalization;

namespace Waybill.Cli.Create;

/// <summary>
/// Reads a list of changed ranges: one per line, offset and length in bytes, decimal, separated by white space; <c>#</c> begins a comment.
/// The ranges may come in any order and overlap: what is given back covers the same bytes, ascending and disjoint.
/// </summary>
internal static class ChangedRangesFile
{
    public static async Task<IReadOnlyList<ByteRange>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var ranges = new List<ByteRange>();
        try
        {
            int number = 0;
            await foreach (string line in File.ReadLinesAsync(path, cancellationToken).ConfigureAwait(false))
            {
                number++;
                if (Parse(line, number, path) is { } range)
                {
                    ranges.Add(range);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.SourceReadFailed, "file", $"The list of changed ranges cannot be read: {error.Message}", error) { ObjectName = path };
        }

        return Union(ranges);
    }

    private static ByteRange? Parse(string line, int number, string path)
    {
        int comment = line.IndexOf('#', StringComparison.Ordinal);
        string[] fields = (comment < 0 ? line : line[..comment]).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length == 0)
        {
            return null;
        }

        if (fields.Length != 2
            || !long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out long offset)
            || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out long length))
        {
            throw Invalid($"Line {number} is not an offset and a length in decimal bytes", path);
        }

        if (length == 0 || offset > long.MaxValue - length)
        {
            throw Invalid($"Line {number} is not a range that a volume can have", path);
        }

        return new ByteRange(offset, length);
    }

    private static List<ByteRange> Union(List<ByteRange> ranges)
    {
        ranges.Sort();
        var union = new List<ByteRange>(ranges.Count);
        foreach (ByteRange range in ranges)
        {
            if (union.Count > 0 && range.Offset <= union[^1].End)
            {
                union[^1] = ByteRange.FromBounds(union[^1].Offset, Math.Max(union[^1].End, range.End));
            }
            else
            {
                union.Add(range);
            }
        }

        return union;
    }

    private static WaybillException Invalid(string message, string path) =>
        new(WaybillErrorCode.ChangedRangesInvalid, message, null) { ObjectName = path, Hint = "leave --changed out to read everything and compare" };
}
