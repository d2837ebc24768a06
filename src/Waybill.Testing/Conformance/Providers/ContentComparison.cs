namespace Waybill.Testing;

/// <summary>Says where contents differ.</summary>
internal static class ContentComparison
{
    /// <summary>Finds the first difference; <see langword="null"/> if there is none.</summary>
    public static string? FindDifference(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected, string what)
    {
        if (actual.Length != expected.Length)
        {
            return $"{what} has {actual.Length} bytes instead of {expected.Length}.";
        }

        int same = actual.CommonPrefixLength(expected);
        return same == actual.Length ? null : $"{what} differs at offset {same}: {actual[same]:X2} instead of {expected[same]:X2}.";
    }

    /// <summary>Finds the first byte that is not zero and not covered; <see langword="null"/> if there is none.</summary>
    public static string? FindUncovered(ReadOnlySpan<byte> content, bool[] cover, string what)
    {
        for (int i = 0; i < content.Length; i++)
        {
            if (content[i] != 0 && !cover[i])
            {
                return $"{what} leaves out offset {i}, which holds {content[i]:X2}.";
            }
        }

        return null;
    }

    /// <summary>Requires that contents are the same.</summary>
    public static void RequireSame(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected, string what)
    {
        if (FindDifference(actual, expected, what) is { } difference)
        {
            throw new CheckFailedException(difference);
        }
    }
}
