using Waybill.Bundles;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Keys;

/// <summary>Shows the keys of a file to a person.</summary>
internal static class KeyText
{
    public static void Write(TextWriter output, string path, KeyFile file)
    {
        output.WriteLine(TerminalText.Escape(path));
        var table = new TextTable("  ", false, false, false, false);
        foreach (KeyFileEntry key in file.Keys)
        {
            table.Add(
                Purpose(key.Purposes), key.IsPrivate ? "private" : "public", key.Algorithm ?? "locked",
                key.KeyId is { } id ? "id " + id + (key.IsLocked ? " as the file says" : "") : "id unknown");
        }

        table.Write(output);
    }

    /// <summary>Gets the word for a purpose, in reports as well.</summary>
    public static string Purpose(KeyPurposes purposes) => purposes switch
    {
        KeyPurposes.Encryption => "encryption",
        KeyPurposes.Signing => "signing",
        _ => "any",
    };
}
