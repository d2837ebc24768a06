using System.Globalization;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Waybill.Csi.Tests.Support;
using Waybill.Csi.Wire;
using Waybill.Testing;

namespace Waybill.Csi.Tests.Controllers;

[Collection(MeasuredAlone.Name)]
public sealed class PagingTests : IAsyncLifetime
{
    private readonly ScriptedProvider _provider = new();
    private PluginHost _host = null!;

    public async Task InitializeAsync() => _host = await PluginHost.StartAsync(_provider);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(50)]
    [InlineData(51)]
    public async Task ListVolumes_PageByPage_ListsEachOnce(int size)
    {
        string[] all = [.. Enumerable.Range(0, 50).Select(number => _provider.AddVolume($"v{number}", 4096).ToString())];

        List<string[]> pages = await ReadAsync(size);

        Assert.Equal(all.Order(StringComparer.Ordinal), pages.SelectMany(page => page).Order(StringComparer.Ordinal));
        Assert.All(pages[..^1], page => Assert.Equal(size, page.Length));
    }

    [Fact]
    public async Task ListVolumes_WhileVolumesComeAndGo_ListsWhatStaysOnce()
    {
        string[] staying = [.. Enumerable.Range(0, 40).Select(number => _provider.AddVolume($"stay{number}", 4096).ToString())];
        var random = new Random(5);
        var passing = new List<VolumeId>();

        List<string[]> pages = await ReadAsync(5, async last =>
        {
            // The last one of the page among them: the place where the next begins is gone.
            foreach (VolumeId gone in passing.Where(volume => random.Next(2) == 0 || last.Contains(volume.ToString())).ToArray())
            {
                await _provider.DeleteVolumeAsync(gone);
                passing.Remove(gone);
            }

            for (int added = 0; added < 3; added++)
            {
                passing.Add(_provider.AddVolume($"pass{random.Next()}", 4096));
            }
        });

        string[] seen = [.. pages.SelectMany(page => page)];
        Assert.Equal(seen.Length, seen.Distinct().Count());
        Assert.Empty(staying.Except(seen));
    }

    [Fact]
    public async Task ListVolumes_WithATokenThatIsNone_IsAborted()
    {
        for (int number = 0; number < 3; number++)
        {
            _provider.AddVolume($"v{number}", 4096);
        }

        string token = (await _host.Controller.ListVolumesAsync(new ListVolumesRequest { MaxEntries = 1 })).NextToken;
        char changed = token[^2] == 'A' ? 'B' : 'A';

        Assert.InRange(token.Length, 1, 128);
        foreach (string bad in (string[])["invalid-token", "1", token[..^1], token + "A", token[..^2] + changed + token[^1], new string('x', 500), "\u00e4\u00f6"])
        {
            await Expect.StatusAsync(StatusCode.Aborted, _host.Controller.ListVolumesAsync(new ListVolumesRequest { StartingToken = bad }));
        }

        await Expect.StatusAsync(StatusCode.Aborted, _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { StartingToken = token }));
    }

    [Fact]
    public async Task ListSnapshots_WithATokenOfAnotherFilter_IsAborted()
    {
        VolumeId volume = _provider.AddVolume("v", 4096);
        for (int number = 0; number < 3; number++)
        {
            await _provider.CreateSnapshotAsync(volume, $"s{number}");
        }

        string token = (await _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { MaxEntries = 1 })).NextToken;

        await Expect.StatusAsync(
            StatusCode.Aborted, _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { StartingToken = token, SourceVolumeId = volume.ToString() }));
        Assert.Equal(2, (await _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { StartingToken = token })).Entries.Count);
    }

    [Fact]
    public async Task List_OfANegativeNumber_IsRefused()
    {
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.ListVolumesAsync(new ListVolumesRequest { MaxEntries = -1 }));
        await Expect.StatusAsync(StatusCode.InvalidArgument, _host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { MaxEntries = -1 }));
    }

    [Fact]
    public async Task List_OfAThousandVolumesAndTenThousandSnapshots_IsWhole_AndInPages()
    {
        VolumeId[] volumes = [.. Enumerable.Range(0, 1000).Select(number => _provider.AddVolume($"v{number}", 4096))];
        await using var host = await PluginHost.StartAsync(new ManySnapshots(volumes, 10));

        Assert.Equal(100, (await _host.Controller.ListVolumesAsync(new ListVolumesRequest { MaxEntries = 100 })).Entries.Count);
        Assert.Equal(10, (await ReadAsync(100)).Count);
        Assert.Equal(500, (await host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { MaxEntries = 500 })).Entries.Count);
        Assert.Equal(1000, (await host.Controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries.Count);
    }

    [Fact]
    public async Task TakeAsync_OfAMillionItems_KeepsNoMoreThanAPage()
    {
        long held = 0;
        Page<string> page = await Page<string>.TakeAsync(Names(CancellationToken.None), name => name, null, 100, CancellationToken.None);

        Assert.Equal(100, page.Items.Count);
        Assert.True(page.HasMore);
        Assert.InRange(held, long.MinValue, 64 * Requests.MiB);

        // All names together take 300 MiB; what is held is measured while the last one is asked for.
        async IAsyncEnumerable<string> Names([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            long before = GC.GetTotalMemory(forceFullCollection: true);
            for (int number = 0; number < 1_000_000; number++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return number.ToString("D128", CultureInfo.InvariantCulture);
            }

            held = GC.GetTotalMemory(forceFullCollection: true) - before;
            await Task.CompletedTask;
        }
    }

    private async Task<List<string[]>> ReadAsync(int size, Func<string[], Task>? between = null)
    {
        var pages = new List<string[]>();
        string token = "";
        do
        {
            ListVolumesResponse response = await _host.Controller.ListVolumesAsync(new ListVolumesRequest { MaxEntries = size, StartingToken = token });
            pages.Add([.. response.Entries.Select(entry => entry.Volume.VolumeId)]);
            token = response.NextToken;
            if (between is not null)
            {
                await between(pages[^1]);
            }
        }
        while (token.Length > 0 && pages.Count < 1000);

        return pages;
    }
}
