using System.Text.Json;
using Waybill.Catalog.Storage;

namespace Waybill.Catalog.Queries;

/// <summary>Writes a catalog as JSON, one application after the other, so that its size does not matter.</summary>
internal sealed class CatalogExporter : IAsyncDisposable
{
    public const string Schema = "waybill.catalog.export.v1";

    private const int PageSize = 256;
    private const int FlushBytes = 64 * 1024;

    private readonly CatalogSession _session;
    private readonly Utf8JsonWriter _json;
    private readonly bool _files;
    private readonly CancellationToken _cancellationToken;

    public CatalogExporter(CatalogSession session, Stream output, bool files, CancellationToken cancellationToken)
    {
        _session = session;
        _files = files;
        _cancellationToken = cancellationToken;

        // Text that is not plain ASCII is escaped, so the output is safe on a terminal.
        _json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n" });
    }

    public async Task WriteAsync()
    {
        _json.WriteStartObject();
        _json.WriteString("schema", Schema);
        _json.WriteStartArray("applications");
        byte[] last = [];
        for (List<AppId> page = await PageAsync(last).ConfigureAwait(false); page.Count > 0; page = await PageAsync(last).ConfigureAwait(false))
        {
            foreach (AppId id in page)
            {
                // The time matters only for what is not exported: whether a point lies in the future.
                if (await LifeReader.ReadAsync(_session, id, new Timestamp(0, 0), _cancellationToken).ConfigureAwait(false) is { } life)
                {
                    await WriteAsync(life).ConfigureAwait(false);
                }
            }

            last = page[^1].ToByteArray();
        }

        _json.WriteEndArray();
        _json.WriteStartArray("unreadable");
        foreach (CatalogCopy copy in await UnreadableAsync().ConfigureAwait(false))
        {
            Write(copy);
        }

        _json.WriteEndArray();
        _json.WriteEndObject();
        await _json.FlushAsync(_cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _json.DisposeAsync();

    private Task<List<AppId>> PageAsync(byte[] after) => _session.QueryAsync(
        "SELECT app FROM application WHERE app > @after ORDER BY app LIMIT @limit",
        reader => new AppId((byte[])reader.GetValue(0)),
        _cancellationToken,
        ("@after", after),
        ("@limit", (long)PageSize));

    private async Task<IEnumerable<CatalogCopy>> UnreadableAsync()
    {
        List<CatalogCopy> copies = await _session.QueryAsync(
            $"{PointReader.CopyColumns} WHERE c.state <> 0", reader => PointReader.ReadCopy(reader).Copy, _cancellationToken).ConfigureAwait(false);
        return copies.OrderBy(copy => copy.Store, StringComparer.Ordinal).ThenBy(copy => copy.Name, StringComparer.Ordinal);
    }

    private async Task WriteAsync(CatalogLife life)
    {
        _json.WriteStartObject();
        _json.WriteString("id", life.Application.Id.ToString());
        _json.WriteString("name", life.Application.Name);
        WriteTexts("names", life.Names);
        _json.WriteString("firstSeen", life.Application.FirstSeen.ToString());
        _json.WriteString("lastSeen", life.Application.LastSeen.ToString());
        WriteList("incarnations", life.Incarnations, Write);
        WriteList("tags", life.Tags, Write);
        WriteList("facts", life.Facts, Write);
        WriteList("points", life.Points, Write);
        WriteList("gaps", life.Gaps, gap =>
        {
            _json.WriteString("from", gap.From.ToString());
            _json.WriteString("to", gap.To.ToString());
        });
        if (_files)
        {
            await WriteFilesAsync(life.Application.Id).ConfigureAwait(false);
        }

        _json.WriteEndObject();
        if (_json.BytesPending > FlushBytes)
        {
            await _json.FlushAsync(_cancellationToken).ConfigureAwait(false);
        }
    }

    private void Write(CatalogIncarnation incarnation)
    {
        WriteOrigin(incarnation.Origin);
        WriteTexts("names", incarnation.Names);
        WriteTexts("hosts", incarnation.Hosts);
        _json.WriteString("firstSeen", incarnation.FirstSeen.ToString());
        _json.WriteString("lastSeen", incarnation.LastSeen.ToString());
        _json.WriteNumber("points", incarnation.Points);
    }

    private void WriteOrigin(Origin origin)
    {
        WriteKnown("platform", origin.Platform);
        WriteKnown("clusterId", origin.ClusterId);
        WriteKnown("clusterName", origin.ClusterName);
        WriteKnown("namespace", origin.Namespace);
        WriteKnown("namespaceUid", origin.NamespaceUid);
        WriteKnown("kind", origin.Kind);
        WriteKnown("uid", origin.Uid);
    }

    private void Write(CatalogTag tag)
    {
        _json.WriteString("key", tag.Tag.Key);
        _json.WriteString("value", tag.Tag.Sensitivity == TagSensitivity.Secret ? null : tag.Tag.Value.ToString());
        _json.WriteString("source", CatalogWords.Of(tag.Tag.Source));
        WriteKnown("sourceReference", tag.Tag.SourceReference);
        _json.WriteString("firstSeen", tag.FirstSeen.ToString());
        _json.WriteString("lastSeen", tag.LastSeen.ToString());
        _json.WriteNumber("points", tag.Points);
    }

    private void Write(CatalogFact fact)
    {
        _json.WriteString("kind", CatalogWords.Of(fact.Kind));
        WriteKnown("key", fact.Key);
        _json.WriteString("value", fact.Value);
        _json.WriteString("firstSeen", fact.FirstSeen.ToString());
        _json.WriteString("lastSeen", fact.LastSeen.ToString());
        _json.WriteNumber("points", fact.Points);
    }

    private void Write(CatalogPoint point)
    {
        _json.WriteString("bundle", point.Bundle.ToString());
        _json.WriteString("manifestDigest", point.ManifestDigest.ToString());
        _json.WriteString("created", point.Created.ToString());
        _json.WriteString("name", point.Application.Name);
        WriteKnown("host", point.Application.Origin.Host);
        WriteOrigin(point.Application.Origin);
        _json.WriteString("lineage", point.Lineage.Id.ToString());
        _json.WriteNumber("generation", point.Lineage.Generation);
        _json.WriteString("forkedFrom", point.Lineage.ForkedFrom?.ToString());
        _json.WriteString("parent", point.Parent?.Id.ToString());
        _json.WriteString("parentDigest", point.Parent?.ManifestDigest.ToString());
        _json.WriteString("consistency", CatalogWords.Of(point.Consistency));
        _json.WriteString("writer", $"{point.Writer.Product} {point.Writer.Version}");
        _json.WriteBoolean("encrypted", point.IsEncrypted);
        _json.WriteString("depth", CatalogWords.Of(point.Depth));
        _json.WriteString("chain", CatalogWords.Of(point.Chain));
        _json.WriteString("chainProblem", point.ChainProblem?.ToString());
        WriteList("streams", point.Streams, Write);
        _json.WriteStartArray("copies");
        foreach (CatalogCopy copy in point.Copies)
        {
            Write(copy);
        }

        _json.WriteEndArray();
    }

    private void Write(CatalogStreamInfo stream)
    {
        _json.WriteString("id", stream.Id.ToString());
        _json.WriteString("kind", CatalogWords.Of(stream.Kind));
        _json.WriteString("name", stream.Name);
        _json.WriteNumber("length", stream.Length);
        _json.WriteNumber("entries", stream.Entries);
        _json.WriteNumber("gaps", stream.Gaps);
        _json.WriteNumber("dataBytes", stream.DataBytes);
        _json.WriteNumber("storedBytes", stream.StoredBytes);
        WriteKnown("provider", stream.Volume.Provider);
        WriteKnown("handle", stream.Volume.PlatformHandle);
        WriteKnown("storageClass", stream.Volume.StorageClass);
        WriteKnown("claim", stream.Volume.Claim);
        WriteKnown("fileSystem", stream.Volume.FileSystem);
        WriteKnown("snapshot", stream.Snapshot);
    }

    private void Write(CatalogCopy copy)
    {
        _json.WriteStartObject();
        _json.WriteString("store", copy.Store);
        _json.WriteString("name", copy.Name);
        _json.WriteString("bundle", copy.Bundle.IsDefault ? null : copy.Bundle.ToString());
        _json.WriteNumber("length", copy.Length);
        _json.WriteString("state", CatalogWords.Of(copy.State));
        _json.WriteString("problem", copy.Problem is { } code ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"WB{(int)code:D4}") : null);
        WriteKnown("publicTags", copy.PublicTags);
        _json.WriteString("gone", copy.Gone?.ToString());
        _json.WriteEndObject();
    }

    private async Task WriteFilesAsync(AppId application)
    {
        var rows = await _session.QueryAsync(
            """
            SELECT s.stream, f.path, v.type, v.size, v.modified, v.modified_nanos, v.first_seen, v.last_seen
            FROM application a JOIN stream s ON s.application = a.id JOIN file f ON f.stream = s.id JOIN file_version v ON v.file = f.id
            WHERE a.app = @app
            """,
            reader => (
                Stream: new StreamId((byte[])reader.GetValue(0)).ToString(),
                Path: reader.GetString(1),
                Type: (FileType)reader.GetInt64(2),
                Size: reader.GetInt64(3),
                Modified: FileWriter.TimeOf(reader.GetInt64(4), reader.GetInt64(5)),
                First: new Timestamp(reader.GetInt64(6), 0),
                Last: new Timestamp(reader.GetInt64(7), 0)),
            _cancellationToken,
            ("@app", application.ToByteArray())).ConfigureAwait(false);
        var ordered = rows.OrderBy(row => row.Stream, StringComparer.Ordinal).ThenBy(row => row.Path, StringComparer.Ordinal)
            .ThenBy(row => row.First).ThenBy(row => row.Last).ThenBy(row => row.Modified ?? default).ThenBy(row => row.Size).ThenBy(row => row.Type);
        WriteList("files", ordered, row =>
        {
            _json.WriteString("stream", row.Stream);
            _json.WriteString("path", row.Path);
            _json.WriteString("type", CatalogWords.Of(row.Type));
            _json.WriteNumber("size", row.Size);
            _json.WriteString("modified", row.Modified?.ToString());
            _json.WriteString("firstSeen", row.First.ToString());
            _json.WriteString("lastSeen", row.Last.ToString());
        });
    }

    private void WriteKnown(string name, string text) => _json.WriteString(name, text.Length == 0 ? null : text);

    private void WriteTexts(string name, IEnumerable<string> texts)
    {
        _json.WriteStartArray(name);
        foreach (string text in texts)
        {
            _json.WriteStringValue(text);
        }

        _json.WriteEndArray();
    }

    private void WriteList<T>(string name, IEnumerable<T> items, Action<T> write)
    {
        _json.WriteStartArray(name);
        foreach (T item in items)
        {
            _json.WriteStartObject();
            write(item);
            _json.WriteEndObject();
        }

        _json.WriteEndArray();
    }
}
