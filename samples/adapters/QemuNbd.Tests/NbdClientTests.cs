namespace Waybill.Samples.QemuNbd.Tests;

public sealed class NbdClientTests
{
    private const int Length = 8 * 1024 * 1024;

    [SkippableFact]
    public async Task Connect_ToRealServer_SaysWhatTheExportIs()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        await using LiveVolume live = await lab.Provider.ServeAsync(volume);

        await using NbdClient client = await NbdClient.ConnectAsync(live.Socket, live.ExportName, [NbdClient.Allocation, NbdClient.DirtyBitmap("none")]);

        Assert.Equal(Length, client.Export.Length);
        Assert.True(client.Export.Flags.HasFlag(NbdExportFeatures.SendFlush | NbdExportFeatures.SendTrim | NbdExportFeatures.SendWriteZeroes));
        Assert.InRange(client.Export.MaxBlock, 1024 * 1024, 32 * 1024 * 1024);
        Assert.True(client.Has(NbdClient.Allocation));
        Assert.False(client.Has(NbdClient.DirtyBitmap("none")));
    }

    [SkippableFact]
    public async Task Connect_ToUnknownExport_Fails()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        await using LiveVolume live = await lab.Provider.ServeAsync(volume);

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => NbdClient.ConnectAsync(live.Socket, "other"));

        Assert.Equal("ErrorUnknown", error.VendorCode);
        Assert.False(error.IsTransient);
    }

    [SkippableFact]
    public async Task Connect_WithoutServer_IsTransient()
    {
        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => NbdClient.ConnectAsync("/tmp/waybill-no-such-socket", ""));

        Assert.True(error.IsTransient);
    }

    [SkippableFact]
    public async Task ReadAndWrite_AtOddOffsets_RoundTrips()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        var expected = new byte[Length];
        var random = new Random(7);
        await using (BlockWriter writer = await lab.Provider.OpenWriteAsync(volume))
        {
            Assert.True(writer.StartsZeroed);
            for (int i = 0; i < 100; i++)
            {
                int length = random.Next(1, 70_000);
                int offset = random.Next(Length - length);
                byte[] data = QemuLab.Bytes(length, i);
                if (i % 5 == 4)
                {
                    await writer.WriteZeroesAsync(new ByteRange(offset, length));
                    expected.AsSpan(offset, length).Clear();
                    continue;
                }

                await writer.WriteAsync(offset, data);
                data.CopyTo(expected, offset);
            }

            await writer.CompleteAsync();
        }

        Assert.Equal(expected, await lab.ReadAsync(volume));
        await using BlockReader reader = await lab.Provider.OpenReadAsync(new Waybill.Providers.VolumeSource(volume));
        var piece = new byte[9_999];
        Assert.Equal(9_999, await reader.ReadAsync(3, piece));
        Assert.Equal(expected[3..10_002], piece);
    }

    [SkippableFact]
    public async Task Requests_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        byte[] content = QemuLab.Bytes(Length, 1);
        await lab.WriteAsync(volume, (0, content));
        await using LiveVolume live = await lab.Provider.ServeAsync(volume);
        await using NbdClient client = await NbdClient.ConnectAsync(live.Socket, live.ExportName);

        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 50 }, async (i, token) =>
        {
            var piece = new byte[20_000];
            await client.ReadAsync(i * 40_000L, piece, token);
            Assert.True(content.AsSpan(i * 40_000, piece.Length).SequenceEqual(piece), $"Read {i} got something else.");
        });
    }

    [SkippableFact]
    public async Task Trim_OfWrittenRange_IsMappedAsZeros()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        await lab.WriteAsync(volume, (0, QemuLab.Bytes(1024 * 1024, 1)));
        await using LiveVolume live = await lab.Provider.ServeAsync(volume);
        await using NbdClient client = await NbdClient.ConnectAsync(live.Socket, live.ExportName, [NbdClient.Allocation]);

        await client.TrimAsync(new ByteRange(256 * 1024, 128 * 1024));
        await client.FlushAsync();

        List<NbdExtent> extents = [];
        await foreach (NbdExtent extent in client.MapAsync(NbdClient.Allocation, new ByteRange(0, Length)))
        {
            extents.Add(extent);
        }

        Assert.Equal([0L, 256 * 1024, 384 * 1024, 1024 * 1024], extents.Select(extent => extent.Range.Offset));
        Assert.Equal([0u, NbdExtent.Zero, 0u, NbdExtent.Zero], extents.Select(extent => extent.Flags & NbdExtent.Zero));
        Assert.Equal(Length, extents[^1].Range.End);
    }

    [SkippableFact]
    public async Task Server_KilledWhileItIsRead_IsTransient()
    {
        await using var lab = new QemuLab();
        VolumeId volume = await lab.Provider.AddVolumeAsync("a", Length);
        LiveVolume live = await lab.Provider.ServeAsync(volume);
        await using NbdClient client = await NbdClient.ConnectAsync(live.Socket, live.ExportName);
        Task reading = Task.Run(async () =>
        {
            var piece = new byte[Length];
            while (true)
            {
                await client.ReadAsync(0, piece);
            }
        });

        QemuLab.Kill(await live.GetPidAsync());

        ProviderException error = await Assert.ThrowsAsync<ProviderException>(() => reading);
        Assert.True(error.IsTransient);
        Assert.Equal(WaybillErrorCode.ProviderFailed, error.Code);
        Assert.True(client.IsClosed);
        await live.DisposeAsync();
    }
}
