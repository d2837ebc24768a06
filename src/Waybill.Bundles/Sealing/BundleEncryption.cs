namespace Waybill.Bundles;

/// <summary>For whom and how a bundle is encrypted, specification section 15.</summary>
public sealed class BundleEncryption
{
    /// <summary>Names the recipients.</summary>
    /// <param name="recipients">1 to 64; at least one opens everything. A passphrase stands alone. Two or more are advised: a lost key is a lost backup.</param>
    public BundleEncryption(params IReadOnlyList<BundleRecipient> recipients)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        if (Sealing.EnvelopeMaker.FindProblem(recipients) is { } problem)
        {
            throw new ArgumentException($"{problem}.", nameof(recipients));
        }

        Recipients = [.. recipients];
    }

    /// <summary>Gets the recipients.</summary>
    public IReadOnlyList<BundleRecipient> Recipients { get; }

    /// <summary>Gets how records are sealed.</summary>
    /// <value>The default is <see cref="SealSuite.AesGcm"/>.</value>
    public SealSuite Suite { get; init; } = SealSuite.AesGcm;

    /// <summary>Gets whether tags of sensitivity <see cref="TagSensitivity.Public"/> also stand in the clear, so that the file can be found by them without a key.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool ShowPublicTags { get; init; }
}
