using System.Text.Json;
using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>
/// Writes down what a run is about to make outside, before it makes it. A second file beside it is locked while the run's process lives: the ledger
/// itself stays readable for whoever lists runs.
/// </summary>
internal sealed class RunLedger : IAsyncDisposable
{
    private const string LockExtension = ".lock";

    private readonly FileStream _lock;
    private readonly FileStream _file;
    private readonly SemaphoreSlim _writing = new(1, 1);

    private RunLedger(FileStream runLock, FileStream file, LedgerRun run)
    {
        _lock = runLock;
        _file = file;
        Run = run;
    }

    /// <summary>Gets the run as written down so far.</summary>
    public LedgerRun Run { get; private set; }

    /// <summary>Begins the ledger of a new run.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.TargetWriteFailed"/>: the state directory cannot be made or written.</exception>
    public static async Task<RunLedger> CreateAsync(string stateDirectory, LedgerRun run, CancellationToken cancellationToken)
    {
        StateDirectories.Make(LedgerFile.DirectoryOf(stateDirectory));
        string path = LedgerFile.PathOf(stateDirectory, run.Id);

        // Locked before it appears, or a sweep could take it for an interrupted run's.
        FileStream? runLock = StateDirectories.TryLock(path + LockExtension) ?? throw new WaybillException(WaybillErrorCode.RunInProgress, "There is a run of this id already") { ObjectName = path };
        try
        {
            await WriteHeadAsync(path, run, cancellationToken).ConfigureAwait(false);
            RunLedger ledger = await OpenAsync(runLock, path, cancellationToken).ConfigureAwait(false);
            runLock = null;
            return ledger;
        }
        finally
        {
            if (runLock is not null)
            {
                await ForgetAsync(runLock).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes over the ledger of a run whose process is gone.</summary>
    /// <returns>The ledger; <see langword="null"/> if the process lives, or the run was settled meanwhile.</returns>
    public static async Task<RunLedger?> TryOpenAsync(string path, CancellationToken cancellationToken)
    {
        FileStream? runLock = StateDirectories.TryLock(path + LockExtension);
        if (runLock is null)
        {
            return null;
        }

        try
        {
            // Settled by whoever held it between our listing and our lock.
            if (!File.Exists(path))
            {
                File.Delete(runLock.Name);
                return null;
            }

            RunLedger ledger = await OpenAsync(runLock, path, cancellationToken).ConfigureAwait(false);
            runLock = null;
            return ledger;
        }
        finally
        {
            if (runLock is not null)
            {
                await runLock.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Announces something; it may be made once this returned.</summary>
    public async Task<LedgerEntry> IntendAsync(LedgerKind kind, string provider, string name, VolumeId volume, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var entry = new LedgerEntry(Run.Entries.Length, kind, provider, name) { Volume = volume };
            var line = new LedgerLine { Verb = LedgerVerb.Intend, Number = entry.Number, Kind = kind, Provider = provider, Name = name, Volume = volume.ToString() };
            await AppendAsync(line).ConfigureAwait(false);
            Run = Run with { Entries = Run.Entries.Add(entry) };
            return entry;
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task<LedgerEntry> CreatedAsync(LedgerEntry entry, string id) => ChangeAsync(entry.Number, LedgerVerb.Created, e => e with { State = LedgerState.Created, Id = id }, id);

    public Task<LedgerEntry> ReleasedAsync(LedgerEntry entry) => ChangeAsync(entry.Number, LedgerVerb.Released, e => e with { State = LedgerState.Released }, "");

    public Task<LedgerEntry> KeptAsync(LedgerEntry entry) => ChangeAsync(entry.Number, LedgerVerb.Kept, e => e with { State = LedgerState.Kept }, "");

    public Task RecordEvidenceAsync(EvidenceRecord evidence) =>
        RecordAsync(new LedgerLine { Verb = LedgerVerb.Evidence, Evidence = evidence }, run => run with { Evidence = evidence });

    /// <summary>Writes down what the next run builds on, before the bundle is committed.</summary>
    public Task PrepareAsync(ApplicationRecord record) =>
        RecordAsync(new LedgerLine { Verb = LedgerVerb.Prepared, Prepared = record }, run => run with { Prepared = record });

    /// <summary>Removes the ledger if nothing is left to look after.</summary>
    /// <returns>Whether nothing is.</returns>
    public bool TryEnd()
    {
        if (Run.Entries.Any(e => e.IsOpen))
        {
            return false;
        }

        // The ledger first: a lock without one means nothing, a ledger without its lock would pass for an interrupted run's.
        File.Delete(_file.Name);
        File.Delete(_lock.Name);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync().ConfigureAwait(false);
        await _lock.DisposeAsync().ConfigureAwait(false);
        _writing.Dispose();
    }

    private static async Task ForgetAsync(FileStream runLock)
    {
        File.Delete(runLock.Name);
        await runLock.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task WriteHeadAsync(string path, LedgerRun run, CancellationToken cancellationToken)
    {
        AtomicOutput output = AtomicOutput.Create(path);
        await using (output.ConfigureAwait(false))
        {
            var begin = new LedgerLine
            {
                Verb = LedgerVerb.Begin,
                Id = run.Id.ToString(),
                Purpose = run.Purpose,
                Application = run.Application,
                Name = run.BundleName,
                Parent = run.Parent.IsDefault ? "" : run.Parent.ToString(),
                Time = EvidenceRecord.ToTicks(run.Started),
            };
            await output.Stream.WriteAsync(Encode(begin), cancellationToken).ConfigureAwait(false);
            await output.PublishAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<RunLedger> OpenAsync(FileStream runLock, string path, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        });
        try
        {
            LedgerRun run = await LedgerFile.ReadAsync(file, path, cancellationToken).ConfigureAwait(false);
            var ledger = new RunLedger(runLock, file, run with { IsRunning = true });
            ledger.CutTornLine();
            return ledger;
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static byte[] Encode(LedgerLine line) => [.. JsonSerializer.SerializeToUtf8Bytes(line, EngineJsonContext.Default.LedgerLine), (byte)'\n'];

    private async Task<LedgerEntry> ChangeAsync(int number, LedgerVerb verb, Func<LedgerEntry, LedgerEntry> change, string id)
    {
        await RecordAsync(
            new LedgerLine { Verb = verb, Number = number, Id = id },
            run => run with { Entries = run.Entries.SetItem(number, change(run.Entries[number])) }).ConfigureAwait(false);
        return Run.Entries[number];
    }

    private async Task RecordAsync(LedgerLine line, Func<LedgerRun, LedgerRun> change)
    {
        // Never cancelled: what it records has happened.
        await _writing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await AppendAsync(line).ConfigureAwait(false);
            Run = change(Run);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task AppendAsync(LedgerLine line)
    {
        try
        {
            _file.Position = _file.Length;
            await _file.WriteAsync(Encode(line)).ConfigureAwait(false);
            await Task.Run(() => _file.Flush(flushToDisk: true)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StateDirectories.NotWritable(_file.Name, e);
        }
    }

    private void CutTornLine()
    {
        // Appending behind half a line would make both unreadable.
        long length = _file.Length;
        for (; length > 0; length--)
        {
            _file.Position = length - 1;
            if (_file.ReadByte() == '\n')
            {
                break;
            }
        }

        _file.SetLength(length);
    }
}
