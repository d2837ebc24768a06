using Microsoft.Data.Sqlite;

namespace Waybill.Local;

/// <summary>The snapshots in the record of a pool.</summary>
internal static class SnapshotRecords
{
    private const string Columns = "id, volume, name, group_name, kind, length, shares, created_seconds, created_nanoseconds, state, owner";

    public static SnapshotRecord? Find(SqliteConnection connection, string id) =>
        Statement.Query(connection, Read, $"SELECT {Columns} FROM snapshot WHERE id = $id", ("$id", id)) is [var row] ? row : null;

    /// <summary>Finds what was taken alone and has a name now; what is being removed has lost it.</summary>
    public static SnapshotRecord? FindByName(SqliteConnection connection, string name) =>
        Statement.Query(
            connection, Read, $"SELECT {Columns} FROM snapshot WHERE name = $name AND group_name = '' AND state <> 2", ("$name", name)) is [var row] ? row : null;

    public static List<SnapshotRecord> ListGroup(SqliteConnection connection, string group) =>
        Statement.Query(
            connection, Read, $"SELECT {Columns} FROM snapshot WHERE group_name = $group AND group_name <> '' AND state <> 2", ("$group", group));

    /// <summary>Lists one page of what is there, in the order of ids.</summary>
    public static List<SnapshotRecord> ListAfter(SqliteConnection connection, string? volume, string id, int limit) => volume is null
        ? Statement.Query(
            connection, Read, $"SELECT {Columns} FROM snapshot WHERE id > $id AND state = 1 ORDER BY id LIMIT $limit", ("$id", id), ("$limit", limit))
        : Statement.Query(
            connection,
            Read,
            $"SELECT {Columns} FROM snapshot WHERE volume = $volume AND id > $id AND state = 1 ORDER BY id LIMIT $limit",
            ("$volume", volume),
            ("$id", id),
            ("$limit", limit));

    public static List<SnapshotRecord> ListUnfinished(SqliteConnection connection, string owner) =>
        Statement.Query(connection, Read, $"SELECT {Columns} FROM snapshot WHERE owner = $owner AND state <> 1", ("$owner", owner));

    public static void Add(SqliteConnection connection, SnapshotRecord row) => Statement.Run(
        connection,
        $"INSERT INTO snapshot ({Columns}) VALUES ($id, $volume, $name, $group, $kind, $length, $shares, $seconds, $nanoseconds, $state, $owner)",
        ("$id", row.Id), ("$volume", row.Volume), ("$name", row.Name), ("$group", row.Group), ("$kind", (int)row.Kind), ("$length", row.Length),
        ("$shares", row.Shares ? 1 : 0), ("$seconds", row.Created.Seconds), ("$nanoseconds", row.Created.Nanoseconds), ("$state", (int)row.State),
        ("$owner", row.Owner));

    public static int SetState(SqliteConnection connection, string id, RecordState state, string owner) => Statement.Run(
        connection, "UPDATE snapshot SET state = $state, owner = $owner WHERE id = $id", ("$id", id), ("$state", (int)state), ("$owner", owner));

    public static int SetReady(SqliteConnection connection, string id, long length, Timestamp created) => Statement.Run(
        connection,
        "UPDATE snapshot SET state = 1, owner = '', length = $length, created_seconds = $seconds, created_nanoseconds = $nanoseconds WHERE id = $id",
        ("$id", id), ("$length", length), ("$seconds", created.Seconds), ("$nanoseconds", created.Nanoseconds));

    public static int Remove(SqliteConnection connection, string id) =>
        Statement.Run(connection, "DELETE FROM snapshot WHERE id = $id", ("$id", id));

    private static SnapshotRecord Read(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), (VolumeKind)row.GetInt32(4), row.GetInt64(5), row.GetInt32(6) != 0,
        new Timestamp(row.GetInt64(7), row.GetInt32(8)), (RecordState)row.GetInt32(9), row.GetString(10));
}
