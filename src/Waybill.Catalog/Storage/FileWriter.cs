using System.Text;

namespace Waybill.Catalog.Storage;

/// <summary>Writes names of files. A file is one row for all points of its tree; what changes of it is a row for each size and time it had.</summary>
internal static class FileWriter
{
    /// <summary>How many files are written at once: few enough that nobody waits long, and memory stays what it is.</summary>
    public const int ChunkSize = 2_048;

    private const long UnknownTime = long.MinValue;

    public static async Task WriteAsync(CatalogSession session, long stream, Timestamp created, IReadOnlyList<FileTreeEntry> entries, CancellationToken cancellationToken)
    {
        // Sorted, so that two who add the same tree wait for each other instead of blocking each other.
        var rows = new SortedDictionary<string, (byte[] Digest, string Path, FileTreeEntry Entry)>(StringComparer.Ordinal);
        foreach (FileTreeEntry entry in entries)
        {
            string path = entry.Path.ToString();
            byte[] digest = CatalogText.DigestOf(path);
            rows[Convert.ToHexString(digest)] = (digest, path, entry);
        }

        var ids = new Dictionary<string, long>(rows.Count, StringComparer.Ordinal);
        await FindAsync(session, stream, rows.Values.Select(row => row.Digest), ids, cancellationToken).ConfigureAwait(false);
        (byte[] Digest, string Path, FileTreeEntry Entry)[] missing = [.. rows.Where(row => !ids.ContainsKey(row.Key)).Select(row => row.Value)];
        if (missing.Length > 0)
        {
            await session.InsertAsync(
                "INSERT INTO file (stream, digest, path)",
                "ON CONFLICT DO NOTHING RETURNING digest, id",
                [.. missing.Select(row => (object?[])[stream, row.Digest, row.Path])],
                reader => ids[Convert.ToHexString((byte[])reader.GetValue(0))] = reader.GetInt64(1),
                cancellationToken).ConfigureAwait(false);

            // What somebody else was quicker to add is in a block of theirs.
            IEnumerable<(long, string)> added = missing.Select(row => (ids.GetValueOrDefault(Convert.ToHexString(row.Digest)), row.Path)).Where(file => file.Item1 != 0);
            await session.InsertAsync(
                "INSERT INTO file_block (stream, files, folded)",
                "",
                [.. FileBlock.Of(added).Select(block => (object?[])[stream, block.Files, block.Folded])],
                read: null,
                cancellationToken).ConfigureAwait(false);
            if (ids.Count < rows.Count)
            {
                await FindAsync(session, stream, missing.Select(row => row.Digest), ids, cancellationToken).ConfigureAwait(false);
            }
        }

        await session.InsertAsync(
            "INSERT INTO file_version (file, type, size, modified, modified_nanos, first_seen, last_seen)",
            """
            ON CONFLICT (file, type, size, modified, modified_nanos) DO UPDATE SET
                first_seen = CASE WHEN excluded.first_seen < file_version.first_seen THEN excluded.first_seen ELSE file_version.first_seen END,
                last_seen = CASE WHEN excluded.last_seen > file_version.last_seen THEN excluded.last_seen ELSE file_version.last_seen END
            WHERE excluded.first_seen < file_version.first_seen OR excluded.last_seen > file_version.last_seen
            """,
            [
                .. rows.Select(row => (object?[])
                [
                    ids[row.Key], (long)row.Value.Entry.Type, row.Value.Entry.Size, row.Value.Entry.Modified?.Seconds ?? UnknownTime,
                    (long)(row.Value.Entry.Modified?.Nanoseconds ?? 0), created.Seconds, created.Seconds,
                ]),
            ],
            read: null,
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a time of what is stored of it.</summary>
    public static Timestamp? TimeOf(long seconds, long nanoseconds) => seconds == UnknownTime ? null : new Timestamp(seconds, (int)nanoseconds);

    /// <summary>Makes a text comparable with stored paths, in which what does not show is written out.</summary>
    public static string FoldFragment(string text) =>
        CatalogText.Fold(FilePath.TryFromBytes(Encoding.UTF8.GetBytes(text), out FilePath path) && !path.IsRoot ? path.ToString() : text);

    private static async Task FindAsync(CatalogSession session, long stream, IEnumerable<byte[]> digests, Dictionary<string, long> ids, CancellationToken cancellationToken)
    {
        List<(string Digest, long Id)> found = await session.QueryManyAsync(
            "SELECT digest, id FROM file WHERE stream = @stream AND digest",
            "",
            [.. digests],
            reader => (Convert.ToHexString((byte[])reader.GetValue(0)), reader.GetInt64(1)),
            cancellationToken,
            ("@stream", stream)).ConfigureAwait(false);
        foreach ((string digest, long id) in found)
        {
            ids[digest] = id;
        }
    }
}
