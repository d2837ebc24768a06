using System.CommandLine;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Keys;

/// <summary>The options that say whether and for whom a new bundle is encrypted.</summary>
internal sealed class EncryptionOptions
{
    private readonly RecipientOptions _recipients = new();

    private readonly Option<bool> _publicTags = new("--public-tags")
    {
        Description = "Leave public tags of the encrypted bundle in the clear, to find it by without a key.",
    };

    private readonly Option<bool> _noEncryption = new("--no-encryption")
    {
        Description = "Write what is encrypted so far so that whoever has the file can read it.",
    };

    public void AddTo(Command command)
    {
        _recipients.AddTo(command);
        command.Add(_publicTags);
        command.Add(_noEncryption);
    }

    /// <summary>Gets what was asked for, without reading anything.</summary>
    public EncryptionRequest Bind(ParseResult parsed)
    {
        var request = new EncryptionRequest(_recipients.Bind(parsed), parsed.GetValue(_publicTags), parsed.GetValue(_noEncryption));
        if (request.NoEncryption && request.Recipients.Count > 0)
        {
            throw new UsageException("--no-encryption goes without recipients.");
        }

        return request.ShowPublicTags && request.Recipients.Count == 0
            ? throw new UsageException("--public-tags is for encrypted bundles: give a --recipient.")
            : request;
    }
}
