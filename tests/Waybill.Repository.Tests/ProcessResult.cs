namespace Waybill.Repository.Tests;

/// <summary>What a command left behind.</summary>
internal sealed record ProcessResult(string CommandLine, int ExitCode, string Output, string Error)
{
    public void ThrowIfFailed()
    {
        if (ExitCode != 0)
        {
            Assert.Fail($"{CommandLine}\nended with {ExitCode}\n--- output\n{Output}\n--- errors\n{Error}");
        }
    }
}
