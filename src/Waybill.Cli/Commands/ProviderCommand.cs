using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill provider</c>: the platforms that are configured.</summary>
internal static class ProviderCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("provider", "Look at storage platforms and check that they keep their promises.")
        {
            Examples =
            [
                "waybill provider list",
                "waybill provider verify local",
            ],
        };
        command.Add(ProviderListCommand.Create(console));
        command.Add(ProviderVerifyCommand.Create(console));
        return command;
    }
}
