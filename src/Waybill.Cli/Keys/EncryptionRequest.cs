using Waybill.Bundles;
using Waybill.Cli.CommandLine;

namespace Waybill.Cli.Keys;

/// <summary>Whether and for whom a new bundle is encrypted.</summary>
/// <param name="Recipients">For whom.</param>
/// <param name="ShowPublicTags">Whether public tags stay in the clear.</param>
/// <param name="NoEncryption">Whether what was encrypted is written in the clear on purpose.</param>
internal sealed record EncryptionRequest(RecipientRequest Recipients, bool ShowPublicTags, bool NoEncryption)
{
    /// <summary>Gets whether the passphrase of the new bundle comes from standard input.</summary>
    public bool ReadsStandardInput => Recipients.Passphrase?.ReadsStandardInput ?? false;

    /// <summary>Refuses to make what is encrypted readable, unless that was asked for in so many words.</summary>
    public void RequireFor(BundleReader source)
    {
        if (source.IsEncrypted && Recipients.Count == 0 && !NoEncryption)
        {
            throw new UsageException($"'{source.Name}' is encrypted, and the new bundle would not be: give a --recipient, or say that this is meant with --no-encryption.");
        }
    }

    /// <summary>Gets how the library is to encrypt; null if it is not.</summary>
    public BundleEncryption? ToEncryption(RecipientList recipients) =>
        recipients.Recipients.Count == 0 ? null : new BundleEncryption(recipients.Recipients) { ShowPublicTags = ShowPublicTags };
}
