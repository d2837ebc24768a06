using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill key</c>: everything about the files that keys are kept in.</summary>
internal static class KeyCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("key", "Make keys, look at them, and get their public part.")
        {
            Examples =
            [
                "waybill key new --out vault.key --passphrase",
                "waybill key public vault.key > vault.pub",
                "waybill key show vault.pub",
            ],
        };
        command.Add(KeyNewCommand.Create(console));
        command.Add(KeyPublicCommand.Create(console));
        command.Add(KeyShowCommand.Create(console));
        return command;
    }
}
