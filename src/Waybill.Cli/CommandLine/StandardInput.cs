namespace Waybill.Cli.CommandLine;

/// <summary>Standard input, which gives one thing only.</summary>
internal static class StandardInput
{
    /// <summary>Refuses more than one use.</summary>
    public static void RequireOneUse(params ReadOnlySpan<bool> uses)
    {
        int count = 0;
        foreach (bool used in uses)
        {
            count += used ? 1 : 0;
        }

        if (count > 1)
        {
            throw new UsageException("Standard input can be read once only.");
        }
    }
}
