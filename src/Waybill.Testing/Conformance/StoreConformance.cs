using Waybill.Storage;

namespace Waybill.Testing;

/// <summary>Checks a store of bundles against every obligation of <see cref="IBundleStore"/>.</summary>
public static class StoreConformance
{
    private static readonly Obligation[] s_obligations =
    [
        new("store.round-trip", "A committed bundle MUST be read as it was written, at any offset, short only at its end."),
        new("store.hidden", "Nothing may be listed or readable before it is committed."),
        new("store.list", "Committed bundles MUST be listed once, with their sizes, in the order of their names."),
        new("store.list-cancelled", "A list that was cancelled MUST NOT end cleanly."),
        new("store.written-once", "A name that is taken MUST be refused with TargetExists, when beginning and when committing."),
        new("store.missing", "Reading what is not there MUST fail with SourceReadFailed."),
        new("store.written", "What was written so far MUST be read before the commit as it was written, or not at all."),
        new("store.dispose", "An upload that ends without a commit MUST leave nothing."),
        new("store.replace", "An unfinished bundle MUST NOT hinder whoever begins it anew."),
        new("store.unfinished", "What an interrupted upload stored MUST be what was written, and stay until it is discarded, also while the bundle is written anew."),
        new("store.discard", "Removing what interrupted uploads left MUST succeed, whether or not there is something."),
        new("store.delete", "Removing a bundle MUST say whether it was there, and it MUST be gone."),
        new("store.names", "Names of every allowed character that end in .waybill, up to 200 bytes, MUST be accepted."),
        new("store.concurrent", "Uploads MUST be allowed to run at the same time."),
    ];

    /// <summary>Gets all checks in their order.</summary>
    internal static IEnumerable<Obligation> Obligations => s_obligations;

    /// <summary>Runs all checks, with bundles of its own that are removed at the end. Other bundles in the store stay as they are.</summary>
    /// <param name="store">The store.</param>
    /// <param name="namePrefix">What the names of bundles begin with.</param>
    /// <param name="progress">Is told of each check when it ended.</param>
    /// <param name="cancellationToken">Ends the run early; what was stored is removed first.</param>
    /// <returns>What was found.</returns>
    public static Task<ConformanceReport> RunAsync(
        IBundleStore store, string namePrefix = "waybill-kit", IProgress<ConformanceCheck>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        Scenario scenario = new(
            s_obligations,
            async (verdicts, token) =>
            {
                StoreScope scope = new(store, namePrefix);
                await using (scope.ConfigureAwait(false))
                {
                    await StoreScenario.RunAsync(scope, verdicts, token).ConfigureAwait(false);
                }
            });
        return Scenario.RunAllAsync(store.Name, [scenario], progress, cancellationToken);
    }
}
