using Waybill.Bundles;
using Waybill.Cli.CommandLine;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Keys;

/// <summary>What a bundle is opened with: keys, the signatures beside it, and what is demanded of signatures. Disposing it clears the keys.</summary>
internal sealed class BundleAccess : IDisposable
{
    private readonly KeyRing _keys;

    private BundleAccess(KeyRing keys, TrustPolicy policy, IReadOnlyList<SignedStatement> statements)
    {
        _keys = keys;
        Policy = policy;
        Options = keys.ToReaderOptions(statements);
    }

    public TrustPolicy Policy { get; }

    public BundleReaderOptions Options { get; }

    /// <summary>Reads what was named on the command line.</summary>
    public static async Task<BundleAccess> LoadAsync(string bundle, KeyRequest keys, TrustRequest trust, CliConsole console, CancellationToken cancellationToken)
    {
        StandardInput.RequireOneUse(bundle == "-", keys.ReadsStandardInput);
        TrustPolicy policy = await trust.ToPolicyAsync(console.Time, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<SignedStatement> statements = await SignatureFile.ReadBesideAsync(bundle, trust.Signatures, console, cancellationToken).ConfigureAwait(false);
        return new BundleAccess(await KeyOptions.LoadAsync(keys, console, cancellationToken).ConfigureAwait(false), policy, statements);
    }

    public void Dispose() => _keys.Dispose();
}
