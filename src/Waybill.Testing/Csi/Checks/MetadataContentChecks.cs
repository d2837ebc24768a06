namespace Waybill.Testing;

/// <summary>What is listed is compared with what snapshots hold: nothing that changed may be missing.</summary>
internal static class MetadataContentChecks
{
    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        Allocated("csi.metadata.allocated.content", "What is not listed as allocated MUST read as zeros.", history => history.Rewritten),
        Allocated("csi.metadata.allocated.content-discarded", "What is not listed as allocated MUST read as zeros after parts were discarded.", history => history.Discarded),
        Allocated("csi.metadata.allocated.content-expanded", "What is not listed as allocated MUST read as zeros after the volume was expanded.", Expanded),
        Delta("csi.metadata.delta.content", "A copy of the base with the listed ranges of the target MUST equal the target.", history => (history.First, history.Rewritten)),
        Delta("csi.metadata.delta.content-discarded", "What was discarded since the base MUST be listed.", history => (history.Rewritten, history.Discarded)),
        Delta("csi.metadata.delta.content-expanded", "What was written since the base MUST be listed after the volume was expanded.", history => (history.Discarded, Expanded(history))),
        Delta("csi.metadata.delta.content-across", "What changed since the base MUST be listed although other snapshots were taken between.", history => (history.First, history.Expanded ?? history.Discarded)),
        new("csi.metadata.delta.capacity-expanded", "The capacity MUST be that of the target, which is larger than the base after the volume was expanded.", CapacityAsync),
    ];

    private static string Expanded(MetadataHistory history) => history.Expanded ?? throw new CheckSkippedException("The driver expands no volumes.");

    private static CsiCheck Allocated(string id, string text, Func<MetadataHistory, string> choose) => new(
        id,
        text,
        async (scope, token) =>
        {
            MetadataHistory history = await scope.Session.HistoryAsync(token).ConfigureAwait(false);
            string snapshot = choose(history);
            MetadataAnswer answer = await MetadataStreamChecks.AskTrackedAsync(scope, MetadataQuestion.Allocated(snapshot), token).ConfigureAwait(false);
            await history.RequireZerosOutsideAsync(snapshot, answer.Ranges, token).ConfigureAwait(false);
        });

    private static CsiCheck Delta(string id, string text, Func<MetadataHistory, (string From, string To)> choose) => new(
        id,
        text,
        async (scope, token) =>
        {
            MetadataHistory history = await scope.Session.HistoryAsync(token).ConfigureAwait(false);
            (string from, string to) = choose(history);
            MetadataAnswer answer = await MetadataStreamChecks.AskTrackedAsync(scope, MetadataQuestion.Delta(from, to), token).ConfigureAwait(false);
            await history.RequireSameOutsideAsync(from, to, answer.Ranges, token).ConfigureAwait(false);
        });

    private static async Task CapacityAsync(CsiScope scope, CancellationToken token)
    {
        MetadataHistory history = await scope.Session.HistoryAsync(token).ConfigureAwait(false);
        MetadataQuestion question = MetadataQuestion.Delta(history.Discarded, Expanded(history));
        MetadataAnswer answer = await MetadataStreamChecks.AskTrackedAsync(scope, question, token).ConfigureAwait(false);
        Verdicts.Require(
            answer.Capacity >= scope.Options.LengthAfterExpansion, $"The volume was expanded to {scope.Options.LengthAfterExpansion} bytes; {answer.Capacity} are told.");
    }
}
