using System.Data.Common;

namespace Waybill.Catalog.Storage;

/// <summary>A database with the tables of a catalog. Statements are the same for all; what differs stands in the classes that derive from this.</summary>
internal abstract class CatalogDatabase : IAsyncDisposable
{
    private const int MaxAttempts = 10;

    /// <summary>Gets the name for messages, without passwords.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Gets a query for the ids of facts that hold a fragment, up to its limit: <c>@text</c> is the folded fragment, <c>@pattern</c> what <see cref="FactPatternOf"/> makes of it.
    /// </summary>
    /// <param name="isName">Whether names of applications are wanted, or all others.</param>
    /// <param name="fragment">The folded fragment.</param>
    /// <param name="more">What else is asked of the row <c>t</c> of the fact; empty if nothing is.</param>
    public abstract string MatchingFacts(bool isName, string fragment, string more);

    /// <summary>
    /// Gets a query for the blocks of files in which a fragment stands: the ids and the folded paths, as <see cref="FileBlock"/> reads them; <c>@text</c> is the folded fragment,
    /// <c>@pattern</c> what <see cref="PatternOf"/> makes of it.
    /// </summary>
    public abstract string MatchingFiles(string fragment);

    /// <summary>Makes the pattern that finds at least the files in whose path a fragment of folded text stands.</summary>
    public abstract string PatternOf(string fragment);

    /// <summary>Makes the same for facts.</summary>
    public virtual string FactPatternOf(string fragment) => PatternOf(fragment);

    /// <summary>Prepares for queries that have a fragment in them.</summary>
    public virtual Task PrepareSearchAsync(CatalogSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Brings the tables to a version, the present one if none is given.</summary>
    public async Task MigrateAsync(int? to, CancellationToken cancellationToken)
    {
        int target = to ?? CatalogSchema.Version;
        int version = await ReadAsync(session => GetVersionAsync(session, cancellationToken), cancellationToken).ConfigureAwait(false);
        Refuse(version);
        if (version < target)
        {
            await WriteAsync(
                async session =>
                {
                    // Somebody else may have been quicker.
                    await LockSchemaAsync(session, cancellationToken).ConfigureAwait(false);
                    int now = await GetVersionAsync(session, cancellationToken).ConfigureAwait(false);
                    Refuse(now);
                    for (; now < target; now++)
                    {
                        await session.RunAsync(Localize(CatalogSchema.Step(now)), cancellationToken).ConfigureAwait(false);
                        if (StepOfItsOwn(now) is { Length: > 0 } own)
                        {
                            await session.RunAsync(own, cancellationToken).ConfigureAwait(false);
                        }

                        await SetVersionAsync(session, now + 1, cancellationToken).ConfigureAwait(false);
                    }

                    return 0;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads, seeing the state of one moment.</summary>
    public abstract Task<T> ReadAsync<T>(Func<CatalogSession, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>Reads and changes. The change is made as a whole, or not at all if it throws. It may be called again if it met another one.</summary>
    public async Task<T> WriteAsync<T>(Func<CatalogSession, Task<T>> change, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await WriteOnceAsync(change, cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e) when (attempt < MaxAttempts && MetAnother(e))
            {
                // The database ended this one so that the other could go on. It is gone by now.
            }
            catch (DbException e)
            {
                throw Explain(e);
            }
        }
    }

    public abstract ValueTask DisposeAsync();

    protected abstract Task<T> WriteOnceAsync<T>(Func<CatalogSession, Task<T>> change, CancellationToken cancellationToken);

    protected abstract bool MetAnother(DbException error);

    /// <summary>Says in the words of the product what the database reported.</summary>
    protected abstract WaybillException Explain(DbException error);

    protected abstract Task LockSchemaAsync(CatalogSession session, CancellationToken cancellationToken);

    protected abstract Task<int> GetVersionAsync(CatalogSession session, CancellationToken cancellationToken);

    protected abstract Task SetVersionAsync(CatalogSession session, int version, CancellationToken cancellationToken);

    /// <summary>Puts the types of this database into a step of the schema.</summary>
    protected abstract string Localize(string step);

    /// <summary>Gets what only this database needs besides: its full-text index.</summary>
    protected abstract string StepOfItsOwn(int version);

    private void Refuse(int version)
    {
        if (version > CatalogSchema.Version)
        {
            throw new WaybillException(WaybillErrorCode.CatalogTooNew, "The catalog was made by a later version of Waybill")
            {
                ObjectName = Name,
                Hint = "Use that version, or another catalog: a catalog can be made anew from the bundles.",
            };
        }
    }
}
