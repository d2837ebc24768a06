using Microsoft.Data.Sqlite;

namespace Waybill.Local;

/// <summary>The volumes in the record of a pool.</summary>
internal static class VolumeRecords
{
    private const string Columns = "id, name, kind, length, storage_class, request, created_seconds, created_nanoseconds, state, owner";

    public static VolumeRecord? Find(SqliteConnection connection, string id) =>
        Statement.Query(connection, Read, $"SELECT {Columns} FROM volume WHERE id = $id", ("$id", id)) is [var row] ? row : null;

    /// <summary>Finds what has a name now; what is being removed has lost it.</summary>
    public static VolumeRecord? FindByName(SqliteConnection connection, string name) =>
        Statement.Query(connection, Read, $"SELECT {Columns} FROM volume WHERE name = $name AND state <> 2", ("$name", name)) is [var row] ? row : null;

    /// <summary>Lists one page of what is there, in the order of ids.</summary>
    public static List<VolumeRecord> ListAfter(SqliteConnection connection, string id, int limit) =>
        Statement.Query(
            connection, Read, $"SELECT {Columns} FROM volume WHERE id > $id AND state IN (1, 3) ORDER BY id LIMIT $limit", ("$id", id), ("$limit", limit));

    public static List<VolumeRecord> ListUnfinished(SqliteConnection connection, string owner) =>
        Statement.Query(connection, Read, $"SELECT {Columns} FROM volume WHERE owner = $owner AND state <> 1", ("$owner", owner));

    public static void Add(SqliteConnection connection, VolumeRecord row) => Statement.Run(
        connection,
        $"INSERT INTO volume ({Columns}) VALUES ($id, $name, $kind, $length, $class, $request, $seconds, $nanoseconds, $state, $owner)",
        ("$id", row.Id), ("$name", row.Name), ("$kind", (int)row.Kind), ("$length", row.Length), ("$class", row.StorageClass), ("$request", row.Request),
        ("$seconds", row.Created.Seconds), ("$nanoseconds", row.Created.Nanoseconds), ("$state", (int)row.State), ("$owner", row.Owner));

    public static int SetState(SqliteConnection connection, string id, RecordState state, string owner) => Statement.Run(
        connection, "UPDATE volume SET state = $state, owner = $owner WHERE id = $id", ("$id", id), ("$state", (int)state), ("$owner", owner));

    /// <summary>Ends making a volume.</summary>
    public static int FinishCreate(SqliteConnection connection, string id, long length) =>
        Statement.Run(connection, "UPDATE volume SET state = 1, owner = '', length = $length WHERE id = $id", ("$id", id), ("$length", length));

    /// <summary>Begins to make a volume larger.</summary>
    public static int BeginGrow(SqliteConnection connection, string id, long length, string owner) => Statement.Run(
        connection,
        "UPDATE volume SET length = $length, state = 3, owner = $owner WHERE id = $id AND state = 1",
        ("$id", id), ("$length", length), ("$owner", owner));

    /// <summary>Ends making a volume larger, unless it is being removed meanwhile.</summary>
    public static int FinishGrow(SqliteConnection connection, string id, string owner) => Statement.Run(
        connection, "UPDATE volume SET state = 1, owner = '' WHERE id = $id AND state = 3 AND owner = $owner", ("$id", id), ("$owner", owner));

    public static int Remove(SqliteConnection connection, string id) =>
        Statement.Run(connection, "DELETE FROM volume WHERE id = $id", ("$id", id));

    private static VolumeRecord Read(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), (VolumeKind)row.GetInt32(2), row.GetInt64(3), row.GetString(4), row.GetString(5),
        new Timestamp(row.GetInt64(6), row.GetInt32(7)), (RecordState)row.GetInt32(8), row.GetString(9));
}
