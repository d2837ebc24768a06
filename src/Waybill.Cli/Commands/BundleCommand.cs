using System.CommandLine;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Commands;

/// <summary><c>waybill bundle</c>: everything that works on bundle files and needs nothing else.</summary>
internal static class BundleCommand
{
    public static Command Create(CliConsole console)
    {
        var command = new CliCommand("bundle", "Create, look at, check, restore, read, merge, salvage, encrypt and sign bundles.")
        {
            Examples =
            [
                "waybill bundle create shop.waybill --app shop --resources k8s/ --volume data=/dev/vg/shop-snap",
                "waybill bundle show shop.waybill",
                "waybill bundle verify shop.waybill",
                "waybill bundle restore shop.waybill --to restored/",
            ],
        };
        command.Add(BundleCreateCommand.Create(console));
        command.Add(BundleShowCommand.Create(console));
        command.Add(BundleVerifyCommand.Create(console));
        command.Add(BundleRestoreCommand.Create(console));
        command.Add(BundleReadCommand.Create(console));
        command.Add(BundleMergeCommand.Create(console));
        command.Add(BundleSalvageCommand.Create(console));
        command.Add(BundleRewrapCommand.Create(console));
        command.Add(BundleReencryptCommand.Create(console));
        command.Add(BundleSignCommand.Create(console));
        return command;
    }
}
