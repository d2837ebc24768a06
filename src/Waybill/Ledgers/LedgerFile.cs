using System.Collections.Immutable;
using System.Text.Json;

namespace Waybill.Engine;

/// <summary>Reads ledger files: one per run, a line per event, appended and made durable before the event it announces.</summary>
internal static class LedgerFile
{
    public const string Extension = ".ledger";

    /// <summary>Far more than a run with thousands of volumes writes; a larger file is not ours.</summary>
    private const long MaxLength = 64 * 1024 * 1024;

    public static string DirectoryOf(string stateDirectory) => Path.Combine(stateDirectory, "ledger");

    public static string PathOf(string stateDirectory, BundleId run) => Path.Combine(DirectoryOf(stateDirectory), run + Extension);

    /// <summary>Lists the ledgers of runs that have not settled everything.</summary>
    public static IEnumerable<string> List(string stateDirectory)
    {
        string directory = DirectoryOf(stateDirectory);
        return Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, "*" + Extension).Order(StringComparer.Ordinal)
            : [];
    }

    /// <summary>Reads what a run wrote down.</summary>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.LedgerDamaged"/>.</exception>
    public static LedgerRun Parse(ReadOnlySpan<byte> content, string path)
    {
        LedgerRun? run = null;
        var entries = new List<LedgerEntry>();
        while (!content.IsEmpty)
        {
            int end = content.IndexOf((byte)'\n');
            if (end < 0)
            {
                // The last line was cut by a crash: what it announces was not begun, as that waits for the line to be durable.
                break;
            }

            LedgerLine line = Read(content[..end], path);
            content = content[(end + 1)..];
            if (run is null)
            {
                run = line.Verb == LedgerVerb.Begin && BundleId.TryParse(line.Id, null, out BundleId id)
                    ? new LedgerRun(id, line.Purpose, line.Application, EvidenceRecord.FromTicks(line.Time) ?? default)
                    {
                        BundleName = line.Name,
                        Parent = BundleId.TryParse(line.Parent, null, out BundleId parent) ? parent : default,
                    }
                    : throw Damaged(path, null);
            }
            else if (line.Verb == LedgerVerb.Evidence)
            {
                run = run with { Evidence = line.Evidence };
            }
            else if (line.Verb == LedgerVerb.Prepared)
            {
                run = run with { Prepared = line.Prepared };
            }
            else
            {
                Apply(entries, line, path);
            }
        }

        return (run ?? throw Damaged(path, null)) with { Entries = [.. entries] };
    }

    public static async Task<LedgerRun> ReadAsync(Stream file, string path, CancellationToken cancellationToken)
    {
        if (file.Length > MaxLength)
        {
            throw Damaged(path, null);
        }

        var content = new byte[file.Length];
        file.Position = 0;
        int read = await file.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return Parse(content.AsSpan(0, read), path);
    }

    private static LedgerLine Read(ReadOnlySpan<byte> line, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(line, EngineJsonContext.Default.LedgerLine) ?? throw Damaged(path, null);
        }
        catch (JsonException e)
        {
            throw Damaged(path, e);
        }
    }

    private static void Apply(List<LedgerEntry> entries, LedgerLine line, string path)
    {
        if (line.Verb == LedgerVerb.Intend && line.Number == entries.Count)
        {
            entries.Add(new LedgerEntry(line.Number, line.Kind, line.Provider, line.Name)
            {
                Volume = VolumeId.TryParse(line.Volume, null, out VolumeId volume) ? volume : default,
            });
            return;
        }

        if (line.Number < 0 || line.Number >= entries.Count)
        {
            throw Damaged(path, null);
        }

        LedgerEntry entry = entries[line.Number];
        entries[line.Number] = line.Verb switch
        {
            LedgerVerb.Created => entry with { State = LedgerState.Created, Id = line.Id },
            LedgerVerb.Released => entry with { State = LedgerState.Released },
            LedgerVerb.Kept => entry with { State = LedgerState.Kept },
            _ => throw Damaged(path, null),
        };
    }

    private static WaybillException Damaged(string path, Exception? cause) =>
        new(WaybillErrorCode.LedgerDamaged, "The ledger of a run cannot be read", cause)
        {
            ObjectName = path,
            Hint = "Look on the platforms for names that begin with 'waybill-' and this file's name, remove them, then remove the file.",
        };
}
