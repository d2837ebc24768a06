using Grpc.Core;

namespace Waybill.Testing;

/// <summary>One check of a driver. It makes what it needs through its scope, which removes it afterwards.</summary>
/// <param name="Id">The stable name, such as <c>csi.controller.create.idempotent</c>.</param>
/// <param name="Text">What must hold, in a sentence.</param>
/// <param name="RunAsync">The check; what it throws is its verdict.</param>
internal sealed record CsiCheck(string Id, string Text, Func<CsiScope, CancellationToken, Task> RunAsync)
{
    /// <summary>Makes a check of a call that must be refused with one status.</summary>
    public static CsiCheck Refusal(string id, string text, StatusCode code, Action<CsiScope> requires, Func<CsiScope, CancellationToken, Task> call) => new(
        id,
        text,
        async (scope, token) =>
        {
            requires(scope);
            await CsiStatus.ExpectAsync(() => call(scope, token), code).ConfigureAwait(false);
        });
}
