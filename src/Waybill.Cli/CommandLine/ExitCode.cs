namespace Waybill.Cli.CommandLine;

/// <summary>What the command tells its caller at the end.</summary>
internal static class ExitCode
{
    /// <summary>Everything that was asked for is done.</summary>
    public const int Done = 0;

    /// <summary>Something failed; standard error says what.</summary>
    public const int Failed = 1;

    /// <summary>The command line cannot mean anything; nothing was touched.</summary>
    public const int Usage = 2;

    /// <summary>The bytes of a bundle are wrong, or what was read is not all proved.</summary>
    public const int VerificationFailed = 3;

    /// <summary>Stopped by Ctrl-C, as shells count it.</summary>
    public const int Interrupted = 130;
}
