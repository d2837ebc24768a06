using Microsoft.Data.Sqlite;

namespace Waybill.Local;

/// <summary>Runs one statement with its values.</summary>
internal static class Statement
{
    public static int Run(SqliteConnection connection, string text, params ReadOnlySpan<(string Name, object Value)> values)
    {
        using SqliteCommand command = Make(connection, text, values);
        return command.ExecuteNonQuery();
    }

    public static List<T> Query<T>(
        SqliteConnection connection, Func<SqliteDataReader, T> read, string text, params ReadOnlySpan<(string Name, object Value)> values)
    {
        using SqliteCommand command = Make(connection, text, values);
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

#pragma warning disable CA2100 // Texts are constants of the record classes; values are parameters.
    private static SqliteCommand Make(SqliteConnection connection, string text, ReadOnlySpan<(string Name, object Value)> values)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = text;
        foreach ((string name, object value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
#pragma warning restore CA2100
}
