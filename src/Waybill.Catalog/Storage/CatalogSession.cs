using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Waybill.Catalog.Storage;

/// <summary>One connection and what is asked over it. The texts of statements are constants of this package, values are parameters.</summary>
internal sealed class CatalogSession : IAsyncDisposable
{
    private readonly DbConnection _connection;
    private readonly int _maxRows;
    private readonly bool _takesArrays;
    private readonly Dictionary<string, DbCommand>? _commands;
    private DbTransaction? _transaction;

    /// <summary>Makes a session.</summary>
    /// <param name="connection">The connection, which the session closes.</param>
    /// <param name="maxRows">How many rows one statement has at most: a power of two, so that few different statements are prepared whatever the number of rows.</param>
    /// <param name="keepsCommands">Whether statements are kept for the next time.</param>
    /// <param name="takesArrays">Whether a column of many rows is one parameter, so that the statement is the same whatever their number.</param>
    public CatalogSession(DbConnection connection, int maxRows, bool keepsCommands, bool takesArrays = false)
    {
        _connection = connection;
        _maxRows = maxRows;
        _takesArrays = takesArrays;
        _commands = keepsCommands ? [] : null;
    }

    public async Task BeginAsync(DbTransaction transaction)
    {
        await EndAsync().ConfigureAwait(false);
        _transaction = transaction;
    }

    public async Task CommitAsync(CancellationToken cancellationToken)
    {
        if (_transaction is { } transaction)
        {
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            await EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends a transaction without its changes, if there is one.</summary>
    public async Task EndAsync()
    {
        if (_transaction is { } transaction)
        {
            _transaction = null;
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
    }

    public async Task<int> RunAsync(string text, CancellationToken cancellationToken, params (string Name, object? Value)[] values)
    {
        DbCommand command = Take(text, values);
        try
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await GiveBackAsync(command).ConfigureAwait(false);
        }
    }

    public async Task<List<T>> QueryAsync<T>(string text, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] values)
    {
        DbCommand command = Take(text, values);
        try
        {
            DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    rows.Add(read(reader));
                }

                return rows;
            }
        }
        finally
        {
            await GiveBackAsync(command).ConfigureAwait(false);
        }
    }

    /// <summary>Gets the first value of the first row; null if there is none.</summary>
    public async Task<object?> FindAsync(string text, CancellationToken cancellationToken, params (string Name, object? Value)[] values)
    {
        List<object?> rows = await QueryAsync(text, reader => reader.IsDBNull(0) ? null : reader.GetValue(0), cancellationToken, values).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    public async Task<long> NumberAsync(string text, CancellationToken cancellationToken, params (string Name, object? Value)[] values) =>
        Convert.ToInt64(await FindAsync(text, cancellationToken, values).ConfigureAwait(false) ?? 0L, CultureInfo.InvariantCulture);

    /// <summary>Inserts rows, many with one statement.</summary>
    /// <param name="head">The statement up to the word VALUES.</param>
    /// <param name="tail">What comes behind the values.</param>
    /// <param name="rows">The values.</param>
    /// <param name="read">Reads what the statement returns; null if it returns nothing.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    public async Task InsertAsync(string head, string tail, IReadOnlyList<object?[]> rows, Action<DbDataReader>? read, CancellationToken cancellationToken)
    {
        for (int start = 0; start < rows.Count;)
        {
            int count = ChunkOf(rows.Count - start);
            int columns = rows[start].Length;
            var values = new (string, object?)[_takesArrays ? columns : count * columns];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (NameOf(i), _takesArrays ? ColumnOf(rows, start, count, i) : rows[start + (i / columns)][i % columns]);
            }

            string text = _takesArrays ? $"{head} SELECT * FROM unnest{RowsOf(1, columns)} {tail}" : $"{head} VALUES {RowsOf(count, columns)} {tail}";
            if (read is null)
            {
                await RunAsync(text, cancellationToken, values).ConfigureAwait(false);
            }
            else
            {
                await QueryAsync(text, reader => { read(reader); return 0; }, cancellationToken, values).ConfigureAwait(false);
            }

            start += count;
        }
    }

    /// <summary>Finds the rows whose key is one of many.</summary>
    /// <param name="head">The statement up to the word IN.</param>
    /// <param name="tail">What comes behind the list.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="read">Reads a row.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <param name="more">Values of other parameters.</param>
    public async Task<List<T>> QueryManyAsync<T>(
        string head, string tail, IReadOnlyList<object> keys, Func<DbDataReader, T> read, CancellationToken cancellationToken, params (string Name, object? Value)[] more)
    {
        var found = new List<T>();
        for (int start = 0; start < keys.Count;)
        {
            int count = ChunkOf(keys.Count - start);
            (string, object?)[] list = _takesArrays
                ? [(NameOf(0), ArrayOf(keys.Skip(start).Take(count)))]
                : [.. Enumerable.Range(0, count).Select(i => (NameOf(i), (object?)keys[start + i]))];
            string text = _takesArrays ? $"{head} = ANY {RowsOf(1, 1)} {tail}" : $"{head} IN {RowsOf(1, count)} {tail}";
            found.AddRange(await QueryAsync(text, read, cancellationToken, [.. list, .. more]).ConfigureAwait(false));
            start += count;
        }

        return found;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        foreach (DbCommand command in _commands?.Values ?? Enumerable.Empty<DbCommand>())
        {
            await command.DisposeAsync().ConfigureAwait(false);
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private int ChunkOf(int left)
    {
        int count = _takesArrays ? Math.Min(_maxRows, left) : _maxRows;
        while (count > left)
        {
            count /= 2;
        }

        return count;
    }

    private static Array ColumnOf(IReadOnlyList<object?[]> rows, int start, int count, int column) => ArrayOf(Enumerable.Range(start, count).Select(row => rows[row][column]));

    // What is missing is a number: nothing else of many rows may be.
    private static Array ArrayOf(IEnumerable<object?> values)
    {
        object?[] column = [.. values];
        return column[0] switch
        {
            byte[] => Array.ConvertAll(column, value => (byte[])value!),
            string => Array.ConvertAll(column, value => (string)value!),
            _ => Array.ConvertAll(column, value => (long?)value),
        };
    }

    private static string NameOf(int index) => string.Create(CultureInfo.InvariantCulture, $"@v{index}");

    private static string RowsOf(int rows, int columns)
    {
        var text = new StringBuilder();
        for (int i = 0; i < rows * columns; i++)
        {
            text.Append(i % columns == 0 ? (i == 0 ? "(" : ", (") : ", ").Append(NameOf(i)).Append(i % columns == columns - 1 ? ")" : "");
        }

        return text.ToString();
    }

    private DbCommand Take(string text, (string Name, object? Value)[] values)
    {
        if (_commands is not null && _commands.TryGetValue(text, out DbCommand? kept))
        {
            for (int i = 0; i < values.Length; i++)
            {
                kept.Parameters[i].Value = values[i].Value ?? DBNull.Value;
            }

            kept.Transaction = _transaction;
            return kept;
        }

        DbCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // Only constants of this package get here; see the summary.
        command.CommandText = text;
#pragma warning restore CA2100
        command.Transaction = _transaction;
        foreach ((string name, object? value) in values)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        _commands?.Add(text, command);
        return command;
    }

    private async ValueTask GiveBackAsync(DbCommand command)
    {
        if (_commands is null)
        {
            await command.DisposeAsync().ConfigureAwait(false);
        }
    }
}
