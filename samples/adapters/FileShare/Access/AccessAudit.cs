using System.Text.Json;
using System.Text.Json.Serialization;

namespace Waybill.Samples.FileShare;

/// <summary>The audit: a file of JSON lines that only grows. A record that cannot be written stops the access it is about.</summary>
public sealed class AccessAudit : IAsyncDisposable
{
    private static readonly JsonSerializerOptions s_format = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly SemaphoreSlim _gate = new(1);
    private readonly FileStream _file;

    /// <summary>Opens the audit, to append to it.</summary>
    /// <param name="path">The file; is made if it is missing, readable by its owner only.</param>
    public AccessAudit(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = System.IO.FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(path, options);
    }

    /// <summary>Reads an audit.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The records.</returns>
    public static async Task<IReadOnlyList<AccessRecord>> ReadAsync(string path, CancellationToken cancellationToken = default) =>
        [.. (await File.ReadAllLinesAsync(path, cancellationToken).ConfigureAwait(false)).Select(line => JsonSerializer.Deserialize<AccessRecord>(line, s_format)!)];

    /// <summary>Appends a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="cancellationToken">Is not heeded: an access that happened is recorded.</param>
    /// <returns>A task that completes when the record was handed to the system.</returns>
    public async ValueTask AppendAsync(AccessRecord record, CancellationToken cancellationToken = default)
    {
        _ = cancellationToken;
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(record, s_format), (byte)'\n'];
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            // One write for one line: what other processes append does not get in between.
            await _file.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
            await _file.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync().ConfigureAwait(false);
        _gate.Dispose();
    }
}
