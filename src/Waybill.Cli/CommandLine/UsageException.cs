namespace Waybill.Cli.CommandLine;

/// <summary>The command line cannot mean anything; shown with a pointer to the help, exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
