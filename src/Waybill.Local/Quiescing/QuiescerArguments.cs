namespace Waybill.Local;

/// <summary>What all quiescers demand of what they are given.</summary>
internal static class QuiescerArguments
{
    /// <summary>The longest lease: a longer one would not protect anything.</summary>
    public static readonly TimeSpan MaxDeadline = TimeSpan.FromDays(1);

    /// <summary>Checks a request.</summary>
    public static void Check(QuiesceRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrEmpty(request.LeaseId);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(request.Deadline, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Deadline, MaxDeadline);
    }

    /// <summary>Checks a part of the configuration.</summary>
    public static void Check(string quiescer, bool good, string problem)
    {
        if (string.IsNullOrEmpty(quiescer))
        {
            throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, "A quiescer has no name.");
        }

        if (!good)
        {
            throw new WaybillException(WaybillErrorCode.ConfigurationInvalid, $"The quiescer {quiescer} cannot be used. {problem}");
        }
    }

    /// <summary>Refuses other systems than Linux.</summary>
    public static void RequireLinux(string quiescer)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new ProviderException(WaybillErrorCode.QuiesceFailed, quiescer, "This quiescer works on Linux only");
        }
    }
}
