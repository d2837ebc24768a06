using Waybill.Storage;

namespace Waybill.Testing;

/// <summary>Bundles are stored, read and removed.</summary>
internal static class StoreScenario
{
    private const int Length = 200_003;
    private const int MaxNameLength = 200;
    private const string Every = "-abcdefghijklmnopqrstuvwxyz0123456789_..";

    public static async Task RunAsync(StoreScope scope, Verdicts verdicts, CancellationToken cancellationToken)
    {
        (string Id, Func<StoreScope, CancellationToken, Task> CheckAsync)[] checks =
        [
            ("store.round-trip", CheckRoundTripAsync),
            ("store.hidden", CheckHiddenAsync),
            ("store.list", CheckListAsync),
            ("store.list-cancelled", CheckListCancelledAsync),
            ("store.written-once", CheckWrittenOnceAsync),
            ("store.missing", (one, token) => one.RequireHiddenAsync(one.NewName(), token)),
            ("store.written", CheckWrittenAsync),
            ("store.dispose", CheckDisposeAsync),
            ("store.replace", CheckReplaceAsync),
            ("store.unfinished", CheckUnfinishedAsync),
            ("store.discard", CheckDiscardAsync),
            ("store.delete", CheckDeleteAsync),
            ("store.names", CheckNamesAsync),
            ("store.concurrent", CheckConcurrentAsync),
        ];
        foreach ((string id, Func<StoreScope, CancellationToken, Task> checkAsync) in checks)
        {
            await verdicts.CheckAsync(id, () => checkAsync(scope, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task CheckRoundTripAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string name = scope.NewName();
        byte[] content = StoreScope.Content(Length);
        StoredBundle stored = await scope.PutAsync(name, content, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(stored == new StoredBundle(name, content.Length), $"The commit returned {stored}.");
        ByteSource source = await scope.Store.OpenReadAsync(name, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            Verdicts.Require(source.Length == content.Length, $"It has {source.Length} bytes instead of {content.Length}.");
            foreach ((int offset, int wanted, int expected) in (IEnumerable<(int, int, int)>)[(0, Length, Length), (7, 1_001, 1_001), (Length - 3, 10, 3), (Length, 5, 0)])
            {
                var read = new byte[wanted];
                int count = await source.ReadAsync(offset, read, cancellationToken).ConfigureAwait(false);
                Verdicts.Require(count == expected, $"{count} instead of {expected} bytes were read at offset {offset}.");
                ContentComparison.RequireSame(read.AsSpan(0, count), content.AsSpan(offset, count), $"What was read at offset {offset}");
            }
        }
    }

    private static async Task CheckHiddenAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string name = scope.NewName();
        StoreUpload upload = await scope.Store.CreateAsync(name, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            await upload.Body.WriteAsync(StoreScope.Content(Length), cancellationToken).ConfigureAwait(false);
            await upload.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            await scope.RequireHiddenAsync(name, cancellationToken).ConfigureAwait(false);
            await upload.CommitAsync(cancellationToken).ConfigureAwait(false);
        }

        await scope.GetAsync(name, cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckListAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string[] names = [scope.NewName("-b"), scope.NewName(".a"), scope.NewName("_c"), scope.NewName("1")];
        // The last name first, so that the order of names is not that of commits.
        foreach (string name in names.Order(StringComparer.Ordinal).Reverse())
        {
            await scope.PutAsync(name, StoreScope.Content(name.Length), cancellationToken).ConfigureAwait(false);
        }

        List<StoredBundle> listed = await scope.ListAsync(cancellationToken).ConfigureAwait(false);
        Verdicts.Require(
            listed.Select(bundle => bundle.Name).SequenceEqual(listed.Select(bundle => bundle.Name).Distinct().Order(StringComparer.Ordinal)),
            $"The names are not in order, or not once: {string.Join(", ", listed.Select(bundle => bundle.Name))}.");
        foreach (string name in names)
        {
            Verdicts.Require(listed.Contains(new StoredBundle(name, name.Length)), $"{name} with {name.Length} bytes is not listed.");
        }
    }

    private static async Task CheckListCancelledAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        await scope.PutAsync(scope.NewName(), [1], cancellationToken).ConfigureAwait(false);
        await Cancellation.CheckAsync(scope.Store.ListAsync, cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckWrittenOnceAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string name = scope.NewName();
        byte[] content = StoreScope.Content(1_000);
        await scope.PutAsync(name, content, cancellationToken).ConfigureAwait(false);
        await Verdicts.ExpectAsync(WaybillErrorCode.TargetExists, () => scope.PutAsync(name, [1], cancellationToken)).ConfigureAwait(false);
        ContentComparison.RequireSame(await scope.GetAsync(name, cancellationToken).ConfigureAwait(false), content, "The bundle");
    }

    private static async Task CheckWrittenAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        byte[] content = StoreScope.Content(Length);
        StoreUpload upload = await scope.Store.CreateAsync(scope.NewName(), cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            await upload.Body.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            ByteSource? written = await upload.OpenWrittenAsync(cancellationToken).ConfigureAwait(false);
            if (written is null)
            {
                throw new CheckSkippedException("The store cannot read before the commit.");
            }

            await using (written.ConfigureAwait(false))
            {
                ContentComparison.RequireSame(await StoreScope.ReadAllAsync(written, cancellationToken).ConfigureAwait(false), content, "What was written");
            }
        }
    }

    private static async Task CheckDisposeAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string name = scope.NewName();
        StoreUpload upload = await scope.Store.CreateAsync(name, cancellationToken).ConfigureAwait(false);
        await upload.Body.WriteAsync(StoreScope.Content(Length), cancellationToken).ConfigureAwait(false);
        await upload.DisposeAsync().ConfigureAwait(false);
        await scope.RequireHiddenAsync(name, cancellationToken).ConfigureAwait(false);
        ByteSource? left = await scope.Store.OpenUnfinishedAsync(name, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(left is null, $"{left?.Length} bytes were left.");
    }

    private static async Task CheckReplaceAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string name = scope.NewName();
        byte[] content = StoreScope.Content(1_000, seed: 2);
        StoreUpload first = await scope.Store.CreateAsync(name, cancellationToken).ConfigureAwait(false);
        await using (first.ConfigureAwait(false))
        {
            await first.Body.WriteAsync(StoreScope.Content(Length), cancellationToken).ConfigureAwait(false);
            await scope.PutAsync(name, content, cancellationToken).ConfigureAwait(false);
        }

        ContentComparison.RequireSame(await scope.GetAsync(name, cancellationToken).ConfigureAwait(false), content, "The bundle");
    }

    private static async Task CheckUnfinishedAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string name = scope.NewName();
        byte[] content = StoreScope.Content(Length);
        // Not disposed before it is opened, as by a process that is gone.
        StoreUpload upload = await scope.Store.CreateAsync(name, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            await upload.Body.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            await upload.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            ByteSource? kept = await scope.Store.OpenUnfinishedAsync(name, cancellationToken).ConfigureAwait(false);
            if (kept is not null)
            {
                await using (kept.ConfigureAwait(false))
                {
                    byte[] found = await StoreScope.ReadAllAsync(kept, cancellationToken).ConfigureAwait(false);
                    // Less is allowed: not everything may have reached the store.
                    ContentComparison.RequireSame(found, content.AsSpan(0, Math.Min(found.Length, content.Length)), "What was stored");
                    await scope.PutAsync(name, [1, 2, 3], cancellationToken).ConfigureAwait(false);
                    ContentComparison.RequireSame(await StoreScope.ReadAllAsync(kept, cancellationToken).ConfigureAwait(false), found, "What was stored, while the bundle is written anew,");
                    await RequireStaysAsync(scope, name, found, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        ByteSource? nothing = await scope.Store.OpenUnfinishedAsync(scope.NewName(), cancellationToken).ConfigureAwait(false);
        Verdicts.Require(nothing is null, "Something was stored of a bundle that nobody began.");
    }

    private static async Task RequireStaysAsync(StoreScope scope, string name, byte[] found, CancellationToken cancellationToken)
    {
        ByteSource? again = await scope.Store.OpenUnfinishedAsync(name, cancellationToken).ConfigureAwait(false)
            ?? throw new CheckFailedException("It was gone after it had been opened once.");
        await using (again.ConfigureAwait(false))
        {
            ContentComparison.RequireSame(await StoreScope.ReadAllAsync(again, cancellationToken).ConfigureAwait(false), found, "What was stored, opened again,");
        }
    }

    private static async Task CheckDiscardAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string name = scope.NewName();
        await scope.Store.DiscardUnfinishedAsync(name, cancellationToken).ConfigureAwait(false);
        StoreUpload upload = await scope.Store.CreateAsync(name, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            await upload.Body.WriteAsync(StoreScope.Content(Length), cancellationToken).ConfigureAwait(false);
            await upload.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            await scope.Store.DiscardUnfinishedAsync(name, cancellationToken).ConfigureAwait(false);
            ByteSource? left = await scope.Store.OpenUnfinishedAsync(name, cancellationToken).ConfigureAwait(false);
            Verdicts.Require(left is null, $"{left?.Length} bytes were left.");
        }

        string committed = scope.NewName();
        await scope.PutAsync(committed, [1], cancellationToken).ConfigureAwait(false);
        await scope.Store.DiscardUnfinishedAsync(committed, cancellationToken).ConfigureAwait(false);
        await scope.GetAsync(committed, cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckDeleteAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string name = scope.NewName();
        await scope.PutAsync(name, [1], cancellationToken).ConfigureAwait(false);
        Verdicts.Require(await scope.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false), "Removing it returned false.");
        await scope.RequireHiddenAsync(name, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(!await scope.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false), "Removing it again returned true.");
        await scope.PutAsync(name, [2], cancellationToken).ConfigureAwait(false);
    }

    private static async Task CheckNamesAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string every = scope.NewName(Every);
        // As long as allowed: an allotted name, which is as long as that one without its suffix, and padding.
        string longest = scope.NewName(new string('n', MaxNameLength - (every.Length - Every.Length)));
        foreach (string name in (IEnumerable<string>)[every, longest])
        {
            await scope.PutAsync(name, [1], cancellationToken).ConfigureAwait(false);
            await scope.GetAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task CheckConcurrentAsync(StoreScope scope, CancellationToken cancellationToken)
    {
        string[] names = [.. Enumerable.Range(0, 6).Select(_ => scope.NewName())];
        await Task.WhenAll(names.Select((name, i) => scope.PutAsync(name, StoreScope.Content(50_000, i), cancellationToken))).ConfigureAwait(false);
        byte[][] read = await Task.WhenAll(names.Select(name => scope.GetAsync(name, cancellationToken))).ConfigureAwait(false);
        for (int i = 0; i < names.Length; i++)
        {
            ContentComparison.RequireSame(read[i], StoreScope.Content(50_000, i), $"Bundle {names[i]}");
        }
    }
}
