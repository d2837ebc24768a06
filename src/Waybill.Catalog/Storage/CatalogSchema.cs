namespace Waybill.Catalog.Storage;

/// <summary>
/// The tables of a catalog. Each step takes them to the next version; steps are never changed, only added. Words in braces stand for what each database calls it.
/// No text that a bundle brings is the key of an index, as it may be longer than an index of PostgreSQL takes: its digest is.
/// </summary>
internal static class CatalogSchema
{
    private static readonly string[] s_steps =
    [
        """
        CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value {int} NOT NULL);
        INSERT INTO counter (name, value) VALUES ('scan', 0);
        CREATE TABLE store (id {key}, digest {blob} NOT NULL UNIQUE, name TEXT NOT NULL);
        CREATE TABLE application (
            id {key}, app {blob} NOT NULL UNIQUE, name TEXT NOT NULL, first_seen {int} NOT NULL, first_nanos {int} NOT NULL, last_seen {int} NOT NULL, last_nanos {int} NOT NULL
        );
        CREATE INDEX application_last ON application (last_seen);
        CREATE TABLE incarnation (
            id {key}, application {int} NOT NULL REFERENCES application (id), digest {blob} NOT NULL,
            platform TEXT NOT NULL, cluster_id TEXT NOT NULL, cluster_name TEXT NOT NULL, namespace TEXT NOT NULL, namespace_uid TEXT NOT NULL, kind TEXT NOT NULL, uid TEXT NOT NULL,
            UNIQUE (application, digest)
        );
        CREATE TABLE point (
            id {key}, bundle {blob} NOT NULL, digest {blob} NOT NULL, application {int} NOT NULL REFERENCES application (id), incarnation {int} NOT NULL REFERENCES incarnation (id),
            name TEXT NOT NULL, host TEXT NOT NULL, created {int} NOT NULL, created_nanos {int} NOT NULL,
            lineage {blob} NOT NULL, generation {int} NOT NULL, fork_lineage {blob}, fork_bundle {blob}, fork_reason TEXT NOT NULL,
            parent {blob}, parent_digest {blob}, product TEXT NOT NULL, product_version TEXT NOT NULL, profile TEXT NOT NULL,
            consistency {int} NOT NULL, encrypted {int} NOT NULL, depth {int} NOT NULL,
            UNIQUE (bundle, digest)
        );
        CREATE INDEX point_application ON point (application, created, created_nanos);
        CREATE INDEX point_incarnation ON point (incarnation);
        CREATE INDEX point_parent ON point (parent) WHERE parent IS NOT NULL;
        CREATE TABLE stream (
            id {key}, application {int} NOT NULL REFERENCES application (id), stream {blob} NOT NULL, UNIQUE (application, stream)
        );
        CREATE TABLE point_stream (
            point {int} NOT NULL REFERENCES point (id), number {int} NOT NULL, stream {int} NOT NULL REFERENCES stream (id), kind {int} NOT NULL, name TEXT NOT NULL,
            length {int} NOT NULL, entries {int} NOT NULL, gaps {int} NOT NULL, data_bytes {int} NOT NULL, stored_bytes {int} NOT NULL,
            provider TEXT NOT NULL, handle TEXT NOT NULL, storage_class TEXT NOT NULL, claim TEXT NOT NULL, file_system TEXT NOT NULL, snapshot TEXT NOT NULL,
            PRIMARY KEY (point, number)
        );
        CREATE INDEX point_stream_stream ON point_stream (stream, point);
        CREATE TABLE copy (
            store {int} NOT NULL REFERENCES store (id), name TEXT NOT NULL, bundle {blob}, point {int} REFERENCES point (id), length {int} NOT NULL, state {int} NOT NULL,
            problem {int} NOT NULL, public_tags TEXT NOT NULL, seen {int} NOT NULL, gone {int},
            PRIMARY KEY (store, name)
        );
        CREATE INDEX copy_point ON copy (point) WHERE point IS NOT NULL;
        CREATE INDEX copy_unread ON copy (state) WHERE state <> 0;
        CREATE TABLE fact (
            id {key}, digest {blob} NOT NULL UNIQUE, kind {int} NOT NULL, name TEXT NOT NULL, type {int} NOT NULL, value TEXT NOT NULL,
            source {int} NOT NULL, reference TEXT NOT NULL, sensitivity {int} NOT NULL, folded TEXT NOT NULL
        );
        CREATE TABLE point_fact (
            fact {int} NOT NULL REFERENCES fact (id), application {int} NOT NULL, created {int} NOT NULL, point {int} NOT NULL REFERENCES point (id),
            observed {int}, PRIMARY KEY (fact, application, created, point)
        ){clustered};
        CREATE INDEX point_fact_point ON point_fact (point);
        """,
        """
        CREATE TABLE file (
            id {key}, stream {int} NOT NULL REFERENCES stream (id), digest {blob} NOT NULL, path TEXT NOT NULL, folded TEXT NOT NULL, UNIQUE (stream, digest)
        );
        CREATE TABLE file_version (
            file {int} NOT NULL REFERENCES file (id), type {int} NOT NULL, size {int} NOT NULL, modified {int} NOT NULL, modified_nanos {int} NOT NULL,
            first_seen {int} NOT NULL, last_seen {int} NOT NULL, PRIMARY KEY (file, type, size, modified, modified_nanos)
        ){clustered};
        """,
        """
        CREATE TABLE file_block (id {key}, stream {int} NOT NULL REFERENCES stream (id), files TEXT NOT NULL, folded TEXT NOT NULL);
        INSERT INTO file_block (stream, files, folded)
            SELECT x.stream, {join}(CAST(x.id AS TEXT), ' '), {join}(x.folded, {newline})
            FROM (SELECT id, stream, folded, (row_number() OVER (PARTITION BY stream ORDER BY folded) - 1) / 64 AS block FROM file) AS x GROUP BY x.stream, x.block;
        CREATE INDEX file_block_stream ON file_block (stream);
        CREATE INDEX point_shallow ON point (depth) WHERE depth < 2;
        """,
    ];

    /// <summary>Gets the version this program makes.</summary>
    public static int Version => s_steps.Length;

    public static string Step(int version) => s_steps[version];
}
