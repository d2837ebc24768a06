using Waybill.Cli.Json;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Show;

/// <summary>Shows what an encrypted bundle leaves in the clear, and whose key it takes to see the rest.</summary>
internal static class SealedText
{
    public static void Write(TextWriter output, ShowReport report)
    {
        output.WriteLine("encrypted; none of the keys given opens it, so nothing below is proved");
        var facts = new TextTable("  ", false, false);
        string size = report.FileBytes is { } bytes ? $" ({HumanUnits.Size(bytes)})" : "";
        facts.Add("file", TerminalText.Escape(report.File) + size);
        facts.Add("bundle", report.Id ?? "unknown");
        facts.Add("complete", report.Complete ? "it has an end" : "NO");
        facts.Add("features", string.Join(", ", report.Features));
        WriteFacts(facts, report);
        facts.Write(output);
        output.WriteLine("give one of these keys with --key, --psk or --passphrase");
    }

    /// <summary>Adds for whom a bundle opens, and who says to have signed it.</summary>
    public static void WriteFacts(TextTable facts, ShowReport report)
    {
        string label = "opens for";
        foreach (RecipientJson recipient in report.Encryption?.Recipients ?? [])
        {
            facts.Add(label, $"{Describe(recipient.Type)}{(recipient.KeyId is null ? "" : " " + recipient.KeyId)}, {Describe(recipient)}");
            label = "";
        }

        label = "in the clear";
        foreach (TagJson tag in report.Encryption?.PublicTags ?? [])
        {
            facts.Add(label, TerminalText.Escape($"{tag.Key} = {tag.Value ?? string.Join(", ", tag.Values ?? [])}"));
            label = "";
        }

        label = "signed by";
        foreach (ClaimedSignatureJson signature in report.Signatures)
        {
            facts.Add(label, TerminalText.Escape($"key {signature.KeyId} ({signature.Algorithm}, {signature.Statement}); not checked"));
            label = "";
        }
    }

    private static string Describe(string type) => type switch
    {
        "p256" => "P-256 key",
        "rsa" => "RSA key",
        "psk" => "pre-shared key",
        "passphrase" => "a passphrase",
        "key-service" => "key service",
        _ => $"type {type}",
    };

    private static string Describe(RecipientJson recipient) => recipient.Scopes switch
    {
        "all" => "everything",
        "data" => "everything but Secrets",
        "metadata" => "manifest and names, no data",
        _ => $"scopes {recipient.Scopes}",
    };
}
