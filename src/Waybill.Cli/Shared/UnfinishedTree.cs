using Waybill.Bundles;
using Waybill.Cli.Terminal;

namespace Waybill.Cli.Shared;

/// <summary>A file tree while it is written: it gets its own name only if it is whole, and else one that says so.</summary>
internal sealed class UnfinishedTree : IAsyncDisposable
{
    private const string UnfinishedSuffix = ".waybill-partial";
    private const string PartialSuffix = ".partial";
    private const string MissingSuffix = ".missing";

    private readonly string _path;
    private readonly CliConsole _console;
    private readonly DirectoryTreeTarget _target;
    private bool _isNamed;

    private UnfinishedTree(string path, bool durable, CliConsole console)
    {
        _path = path;
        _console = console;
        _target = DirectoryTreeTarget.Create(TargetDirectory.MakeFor(UnfinishedPath), new DirectoryTreeTargetOptions { Durable = durable });
    }

    public FileTreeTarget Target => _target;

    private string UnfinishedPath => _path + UnfinishedSuffix;

    /// <summary>Gets what the tree can be called in the end, with the list that goes with it.</summary>
    public static string[] NamesOf(string path) => [path, path + PartialSuffix, path + PartialSuffix + MissingSuffix];

    /// <summary>Begins a tree.</summary>
    public static UnfinishedTree Create(string path, bool durable, CliConsole console)
    {
        if (NamesOf(path).FirstOrDefault(Path.Exists) is { } existing)
        {
            throw new ProviderException(WaybillErrorCode.TargetExists, "file", "The target exists already and is not overwritten") { ObjectName = existing };
        }

        return new UnfinishedTree(path, durable, console);
    }

    /// <summary>Gives it its name.</summary>
    /// <param name="isWhole">Whether everything is in it.</param>
    /// <param name="files">The files that are missing or partial, to be listed beside it.</param>
    /// <returns>The name, and that of the list if there is one.</returns>
    public async Task<(string Path, string? List)> NameAsync(bool isWhole, IReadOnlyList<string> files)
    {
        string path = _path + (isWhole ? "" : PartialSuffix);
        string? list = files.Count > 0 ? path + MissingSuffix : null;
        await _target.DisposeAsync().ConfigureAwait(false);
        try
        {
            if (list is not null)
            {
                // Whoever restores after a disaster must know all that is lost, also if nobody asked for JSON.
                await File.WriteAllLinesAsync(list, files, CancellationToken.None).ConfigureAwait(false);
            }

            Directory.Move(UnfinishedPath, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProviderException(WaybillErrorCode.TargetWriteFailed, "file", $"The file tree cannot be given its name: {error.Message}", error) { ObjectName = path };
        }

        _isNamed = true;
        return (path, list);
    }

    public async ValueTask DisposeAsync()
    {
        await _target.DisposeAsync().ConfigureAwait(false);
        if (!_isNamed && Directory.Exists(UnfinishedPath))
        {
            // Half a tree may be all there is left of it, so it is not removed; its name says that it is not whole.
            await _console.Error.WriteLineAsync($"waybill: what was restored so far is in {TerminalText.Escape(UnfinishedPath)}").ConfigureAwait(false);
        }
    }
}
