using System.Runtime.CompilerServices;

namespace Waybill.Engine;

/// <summary>Everything that runs made outside and that is not settled yet.</summary>
public static class Ledger
{
    /// <summary>Lists the runs that have something to be looked after, those that still work included.</summary>
    /// <param name="context">What the engine works with.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The runs, oldest first.</returns>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.LedgerDamaged"/>.</exception>
    public static async IAsyncEnumerable<LedgerRun> ListAsync(EngineContext context, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        foreach (string path in LedgerFile.List(context.StateDirectory))
        {
            RunLedger? ledger = await RunLedger.TryOpenAsync(path, cancellationToken).ConfigureAwait(false);
            if (ledger is not null)
            {
                LedgerRun idle = ledger.Run with { IsRunning = false };
                await ledger.DisposeAsync().ConfigureAwait(false);
                yield return idle;
                continue;
            }

            if (await ReadRunningAsync(path, cancellationToken).ConfigureAwait(false) is { } running)
            {
                yield return running;
            }
        }
    }

    /// <summary>
    /// Settles what runs left whose processes are gone: applications are let go on, snapshots of committed points are handed to them, and everything
    /// else is removed. Runs that still work are left alone.
    /// </summary>
    /// <param name="context">What the engine works with.</param>
    /// <param name="cancellationToken">Ends the call early; what is settled by then stays so.</param>
    /// <returns>What was done, and what could not be.</returns>
    public static async Task<SweepReport> SweepAsync(EngineContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var report = new SweepReport();
        foreach (string path in LedgerFile.List(context.StateDirectory))
        {
            try
            {
                RunLedger? ledger = await RunLedger.TryOpenAsync(path, cancellationToken).ConfigureAwait(false);
                if (ledger is not null)
                {
                    await using (ledger.ConfigureAwait(false))
                    {
                        report = await new RunSettlement(context, ledger).SettleAsync(report, cancellationToken).ConfigureAwait(false);
                    }
                }
            }
            catch (WaybillException e)
            {
                report = report with { Problems = report.Problems.Add(e) };
            }
        }

        return report;
    }

    private static async Task<LedgerRun?> ReadRunningAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
            await using (file.ConfigureAwait(false))
            {
                return await LedgerFile.ReadAsync(file, path, cancellationToken).ConfigureAwait(false) with { IsRunning = true };
            }
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
