using System.CommandLine;

namespace Waybill.Cli.CommandLine;

/// <summary>
/// Options of encryption and signing, which this version does not have. They are refused by name: someone who asks for encryption
/// must never get a bundle without it, and an option that is merely unknown looks like a typing error.
/// </summary>
internal static class ReservedOptions
{
    /// <summary>Makes a command refuse some of the options.</summary>
    public static void RefuseOn(Command command, params string[] names)
    {
        foreach (string name in names)
        {
            var option = new Option<string[]>(name) { Hidden = true, Arity = ArgumentArity.ZeroOrMore };
            option.Validators.Add(result => result.AddError($"{name}: this version has no encryption and no signatures. Nothing was done."));
            command.Add(option);
        }
    }
}
